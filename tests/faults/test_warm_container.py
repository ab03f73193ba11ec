"""One container serves one organization after the other, with failures in between: nothing of one reaches another."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from functions.products import get_product
from functions.streams import fan_out_webhooks, write_audit
from tests.support.api import Reply, call, invoke
from tests.support.chains import verified_chain
from tests.support.crashes import CrashPoint, sealing_key_disabled
from tests.support.events import api_event
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import poison_like, resources_of, run, run_as_lambda
from tests.support.table_faults import error_answer, instead_of
from tests.support.webhooks import a_product, messages_of, stored_endpoints

pytestmark = pytest.mark.usefixtures("platform")

_VARYING: Final = re.compile(
    r"\b(org|usr|ses|key|prd|whe|msg|aud)_[0-9A-HJKMNP-TV-Z]{26}|\d{4}-\d\d-\d\dT[0-9:.]+Z|[0-9a-f]{16,64}"
    r"|whsec_[A-Za-z0-9+/=]+|nxs_live_[A-Za-z0-9_]+"
)


def _without_what_varies(value: Any) -> str:  # noqa: ANN401 (any JSON value)
    return _VARYING.sub("*", json.dumps(value))


def _requests(organization: StaffedOrganization) -> Iterator[Reply]:
    """Send the same requests for any organization, some of which are refused."""
    token = organization.owner.token
    created = call("POST", "/v1/products", token=token, body={"sku": "ANV-1", "name": "Anvil"})
    yield created
    place = f"/v1/products/{created.json['id']}"
    yield call("POST", "/v1/products", token=token, body={"sku": "ANV-1", "name": "Another"})
    yield call("PATCH", place, token=token, body={"name": "Big anvil"})
    yield call("GET", place, token=organization.credentials["read_key"])
    yield call("PATCH", place, token=organization.credentials["read_key"], body={"name": "No"})
    yield call("GET", "/v1/products", token=token, query={"limit": "1"})
    yield call("POST", "/v1/webhook-endpoints", token=token, body={"url": "http://127.0.0.1:1/", "events": ["*"]})
    yield call("POST", "/v1/api-keys", token=token, body={"name": "ERP", "scope": "read"})
    yield call("GET", "/v1/webhook-endpoints", token=token)
    yield call("DELETE", place, token=token)
    yield call("GET", place, token=token)


def _disturb(other: StaffedOrganization, place: int) -> None:
    """Have another organization's request succeed, fail or crash in the same container."""
    match place % 5:
        case 0:
            a_product(other, sku=f"OTHER-{place}")
        case 1:
            with CrashPoint(5, after=True):
                call("POST", "/v1/products", token=other.owner.token, body={"sku": f"X-{place}", "name": "Crashed"})
        case 2:
            with instead_of("Query", lambda request: error_answer(request, "AccessDeniedException")):
                assert call("GET", "/v1/products", token=other.owner.token).status == 500
        case 3:
            body = {"url": "http://127.0.0.1:1/", "events": ["*"]}
            with sealing_key_disabled():
                assert call("POST", "/v1/webhook-endpoints", token=other.owner.token, body=body).status >= 500
        case 4:
            assert call("POST", "/v1/products", token=other.owner.token, body="{").status == 400


def _seen_by(organization: StaffedOrganization, replies: list[Reply]) -> list[str]:
    """Return everything that an organization gets to see, without ids and times."""
    chain = sorted(_without_what_varies({**entry, "sequence": 0}) for entry in verified_chain(organization.id))
    messages = sorted(_without_what_varies(json.loads(message.body)) for message in messages_of(organization.id))
    return [_without_what_varies([reply.status, reply.headers, reply.text]) for reply in replies] + chain + messages


def test_an_organization_sees_the_same_whatever_others_do_in_its_container() -> None:
    alone, disturbed, other = an_organization(), an_organization(), an_organization()
    for organization in (alone, disturbed, other):
        stored_endpoints(organization, ("*",))
    replies = list(_requests(alone))
    for handler in (write_audit.handler, fan_out_webhooks.handler):
        assert run(handler, resources_of(alone.id)) == []
    answers = _requests(disturbed)
    beside: list[Reply] = []
    for place in range(len(replies)):
        _disturb(other, place)
        beside.append(next(answers))
    theirs = resources_of(other.id)
    product = next(record for record in theirs if "#PRODUCT" in record["dynamodb"]["Keys"]["PK"]["S"])
    mixed = [*theirs[:2], poison_like(product), *resources_of(disturbed.id), *theirs[2:]]
    for handler in (write_audit.handler, fan_out_webhooks.handler):
        assert run_as_lambda(handler, mixed) == []
    assert _seen_by(disturbed, beside) == _seen_by(alone, replies)
    assert other.id not in json.dumps([[reply.text, reply.headers] for reply in beside])
    assert len(verified_chain(disturbed.id)) == len(resources_of(disturbed.id))


def test_logs_of_a_request_name_its_own_organization_only() -> None:
    ours, theirs = an_organization(), an_organization()
    product = a_product(ours)
    with instead_of("Query", lambda request: error_answer(request, "AccessDeniedException")):
        call("GET", "/v1/products", token=theirs.owner.token)
    with logged() as log:
        call("PATCH", f"/v1/products/{product['id']}", token=ours.credentials["read_key"], body={"name": "No"})
        # Whoever comes without a verdict of the authorizer belongs to no organization.
        stranger = invoke(get_product, api_event("GET", "/v1/products/x", resource="/v1/products/{productId}"))
    assert stranger.status == 401
    refused, unknown = log.lines
    assert refused["organization_id"] == ours.id
    assert "organization_id" not in unknown
    assert theirs.id not in log.text


def test_logs_of_a_stream_batch_name_nobody_of_the_request_before() -> None:
    ours, theirs = an_organization(), an_organization()
    call("GET", "/v1/products", token=theirs.owner.token)
    poison = poison_like(resources_of(ours.id)[0])
    with logged() as log:
        run_as_lambda(write_audit.handler, [poison])
    assert theirs.id not in log.text
    assert log.lines
    assert {line["organization_id"] for line in log.lines} == {ours.id}
    assert all("request_id" not in line for line in log.lines)
