"""Logs hold no secret and no personal data: not one of the values that went in or out on any function's journey.

Every function runs in an interpreter of its own, and all that it prints is looked through, as CloudWatch would get it.
Every text that was sent or handed out on the way was made up for this run, so that it can be found anywhere.
"""

import json
import re
from typing import Final

import pytest

from nexstock.observability import Metric
from tests.support.journeys import JOURNEYS, Travelled, travelled, waits_for_all
from tests.support.journeys.isolated import IsolatedFunction
from tests.support.journeys.world import Visit, World

pytestmark = pytest.mark.usefixtures("platform")

_KINDS: Final = frozenset(
    {
        "API key",
        "SKU",
        "access token",
        "code",
        "credential of owner",
        "credential of read_key",
        "cursor",
        "description",
        "e-mail address",
        "idempotency key",
        "key's name",
        "organization's name",
        "password",
        "path of a URL",
        "person's name",
        "product's name",
        "refresh token",
        "signing secret",
        "token",
        "wrong code",
    }
)
"""What has to have been looked for at least."""

_NO_SUCH_TABLE: Final = {"NEXSTOCK_TABLE_TENANTS": "no-such-table", "NEXSTOCK_TABLE_IDENTITY": "no-such-table"}
_NOWHERE: Final = "http://127.0.0.1:9"


def _leaks(done: Travelled) -> list[str]:
    # A code's six digits may well be part of a longer number.
    return [label for label, value in done.canaries.items() if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", done.log)]


@pytest.mark.parametrize("logical_id", sorted(JOURNEYS))
def test_no_value_of_a_journey_appears_in_the_log(logical_id: str) -> None:
    done = travelled()[logical_id]
    assert done.canaries
    assert _leaks(done) == []


@pytest.mark.parametrize("logical_id", sorted(JOURNEYS))
def test_every_line_of_the_log_is_json_of_known_fields(logical_id: str) -> None:
    known = {"level", "location", "message", "timestamp", "service", "request_id", "function", "organization_id"}
    known |= {"problem", "status", "error", "frames", "count", "template", "xray_trace_id"}
    known |= {"published", "removed", "unknown", "ended", "kind", "message_id", "event_id"}
    of_metrics = {"_aws", "Deployment", "Purpose", *(metric.label for metric in Metric)}
    for line in travelled()[logical_id].log.splitlines():
        fields = set(json.loads(line))
        assert fields <= (of_metrics if "_aws" in fields else known)


@waits_for_all
def test_every_kind_of_secret_was_looked_for() -> None:
    kinds = {label.partition(" #")[0] for done in travelled().values() for label in done.canaries}
    assert kinds >= _KINDS


@waits_for_all
def test_refusals_and_faults_were_logged_on_the_way() -> None:
    messages = [json.loads(line).get("message") for done in travelled().values() for line in done.log.splitlines()]
    assert messages.count("refused") > 20
    assert {"stream record set aside", "queued message failed", "refused"} <= set(messages)


def test_a_leak_would_be_found() -> None:
    leaking = Travelled(
        frozenset(), [], 'said {"code": "123456", "n": 41234567}', {"code": "123456", "other": "234567"}
    )
    assert _leaks(leaking) == ["code"]


@pytest.mark.parametrize("logical_id", ["GetProductFunction", "CreateProductFunction", "UpdateProductFunction"])
def test_a_fault_is_logged_without_a_value_and_told_without_a_reason(logical_id: str) -> None:
    world = World(_NOWHERE, _NOWHERE)
    with IsolatedFunction(logical_id, _NO_SUCH_TABLE) as function:
        visit = Visit(logical_id, function, world)
        path = {"product_id": "prd_01JD0000000000000000000000"}
        headers = {"User-Agent": world.canary("user agent"), "Idempotency-Key": world.canary("idempotency key")}
        told = visit.request(500, by="owner", path=path, headers=headers, body=world.product()).json
        done = Travelled(function.modules, [], function.log, world.canaries)
    assert set(told) == {"type", "title", "status", "code", "instance"}
    (line,) = done.log.splitlines()
    assert json.loads(line)["message"] == "fault"
    assert "no-such-table" not in done.log
    assert _leaks(done) == []


@pytest.mark.parametrize("logical_id", ["LogInFunction", "CreateWebhookEndpointFunction", "AuthorizeRequestFunction"])
def test_the_most_talkative_level_tells_no_value_either(logical_id: str) -> None:
    world = World(_NOWHERE, _NOWHERE)
    with IsolatedFunction(logical_id, {"NEXSTOCK_LOG_LEVEL": "DEBUG"}) as function:
        JOURNEYS[logical_id](Visit(logical_id, function, world))
        done = Travelled(function.modules, [], function.log, world.canaries)
    assert _leaks(done) == []
