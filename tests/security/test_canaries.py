"""Nothing that a client sends is logged, told back by a refusal, or stored in clear if it is secret or personal.

Every operation gets requests with a value of its own in every field that it takes: body, path, query and headers. The
fields come from the OpenAPI document, so one that is new is looked at without being named here.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import pytest

from tests.support.api import Reply, call
from tests.support.calls import sent_to_dynamodb
from tests.support.canaries import Canary, CanaryRequest, bodies, fields_of
from tests.support.logs import Logged, logged
from tests.support.people import StaffedOrganization
from tests.support.requests import MISSING, RESOURCES, Route, a_token
from tests.support.templates import is_public, routes

pytestmark = pytest.mark.usefixtures("platform")

_HELD: Final = frozenset({"customer_id", "supplier_id"})
"""Whose personal data is stored, so that there has to be one to change."""

_WRITES_PERSONAL_DATA: Final = sorted(
    route for route in bodies() if re.fullmatch(r"/v1/(customers|suppliers)(/\{\w+\})?", route[1])
)


@dataclass
class Seen:
    """Where values could end up: in logs, in answers, in the tables."""

    log: Logged
    caplog: pytest.LogCaptureFixture
    capsys: pytest.CaptureFixture[str]
    stored: list[str]

    def leaks(self, canaries: Sequence[Canary], reply: Reply) -> list[str]:
        """Return what of the canaries is where it must not be: a refusal tells none of them, a success no secret."""
        printed = self.capsys.readouterr()
        logs = f"{self.log.text}\n{self.caplog.text}\n{printed.out}\n{printed.err}"
        answer, stored = f"{reply.headers}\n{reply.text}", "\n".join(self.stored)
        told = [each for each in canaries if each.is_secret or reply.status >= 400]
        kept = [each for each in canaries if each.is_secret or each.is_sealed]
        return [
            f"{where}: {each.place}"
            for where, looked_for, text in (
                ("logged", canaries, logs),
                ("told", told, answer),
                ("stored", kept, stored),
            )
            for each in looked_for
            if each.is_in(text)
        ]


@pytest.fixture
def seen(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> Iterator[Seen]:
    """Collect whatever is logged, printed and sent to the tables."""
    with caplog.at_level(logging.INFO), logged() as log, sent_to_dynamodb() as stored:
        yield Seen(log, caplog, capsys, stored)


def _ids(route: Route, home: StaffedOrganization) -> dict[str, str]:
    names = re.findall(r"\{(\w+)\}", route[1])
    return {name: RESOURCES[name](home) if name in _HELD else MISSING[name] for name in names}


def _send(request: CanaryRequest, ids: dict[str, str], token: str | None, *secret_headers: str) -> Reply:
    method, _ = request.route
    headers = {**request.headers(), **{name: request.header(name) for name in secret_headers}}
    return call(
        method, request.path(ids), token=token, body=request.body(), headers=headers, query=request.query() or None
    )


@pytest.mark.asvs("16.2.5")
@pytest.mark.parametrize("route", sorted(routes()), ids=" ".join)
def test_no_value_of_any_field_is_logged_told_by_a_refusal_or_kept_in_clear(
    route: Route, home: StaffedOrganization, seen: Seen
) -> None:
    token = None if is_public(routes()[route]) else a_token(route, home)
    credential = [Canary("credential", token, is_secret=True)] if token else []
    ids = _ids(route, home)
    for request in (CanaryRequest(route, well_formed=True), CanaryRequest(route, well_formed=False)):
        reply = _send(request, ids if request.well_formed else {}, token)
        assert seen.leaks([*request.canaries, *credential], reply) == []


# All others are refused by the same front door, before their functions run.
@pytest.mark.parametrize(
    "route",
    [("GET", "/v1/products"), *(route for route, function in sorted(routes().items()) if is_public(function))],
    ids=" ".join,
)
def test_no_credential_that_is_none_is_logged_or_told_or_kept(
    route: Route, home: StaffedOrganization, seen: Seen
) -> None:
    request = CanaryRequest(route, well_formed=True)
    reply = _send(request, _ids(route, home), None, "Authorization", "X-API-Key", "Cookie", "X-Step-Up")
    assert seen.leaks(request.canaries, reply) == []


@pytest.mark.parametrize("route", _WRITES_PERSONAL_DATA, ids=" ".join)
def test_personal_data_that_is_taken_is_not_in_clear_in_any_request_to_the_tables(
    route: Route, home: StaffedOrganization, seen: Seen
) -> None:
    token, request = a_token(route, home), CanaryRequest(route, well_formed=True)
    reply = call(route[0], request.path(_ids(route, home)), token=token, body=request.body())
    assert reply.status in {200, 201}, reply.text
    sealed = [each for each in request.canaries if each.is_sealed]
    assert {"/email", "/phone", "/address/city", "/notes"} <= {each.place for each in sealed}
    assert all(each.is_in(reply.text) for each in sealed)
    assert seen.leaks(request.canaries, reply) == []
    assert len(seen.stored) > 0


def test_every_field_of_every_body_is_filled() -> None:
    for route, schema in bodies().items():
        request = CanaryRequest(route, well_formed=False)
        request.body()
        filled = {canary.place for canary in request.canaries}
        # Of alternatives one is filled: what the other has room for stands in it, or has another form.
        assert filled <= set(fields_of(schema))
        assert {place for place in fields_of(schema) if "credential" not in place} <= filled, route


def test_a_leak_would_be_found(seen: Seen) -> None:
    secret, plain = Canary("secret", "canary1", is_secret=True), Canary("plain", "canary2")
    sealed, code = Canary("sealed", "canary3", is_sealed=True), Canary("code", "123456", is_secret=True)
    logging.getLogger("library").warning("said canary2")
    seen.stored.append("{'S': 'canary3'}, {'N': '41234567'}")
    answer = Reply(201, {}, '{"secret": "canary1", "plain": "canary2"}')
    assert seen.leaks([secret, plain, sealed, code], answer) == ["logged: plain", "told: secret", "stored: sealed"]
