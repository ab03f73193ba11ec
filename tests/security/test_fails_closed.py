"""A handler trusts the authorizer's verdict and nothing else: without a whole one it answers 401 by itself."""

import importlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import pytest

from nexstock.auth.credentials import authenticate
from nexstock.clock import utc_now
from tests.support.api import Reply, invoke
from tests.support.events import Json, api_event
from tests.support.people import ORIGIN, StaffedOrganization
from tests.support.requests import MISSING, Route, a_body, a_token, filled, headers_of
from tests.support.templates import is_public, module_of, routes

GUARDED: Final = sorted(route for route, function in routes().items() if not is_public(function))
_FIELDS: Final = (
    "organizationId",
    "actorType",
    "actorId",
    "actorName",
    "role",
    "userId",
    "sessionId",
    "scope",
    "resources",
    "addressAllowed",
    "speaksForAccount",
)
_FORGED: Final[list[dict[str, Any]]] = [
    {"organizationId": ""},
    {"organizationId": "org_1"},
    {"organizationId": "org_01JD0000000000000000000000#PRODUCT"},
    {"organizationId": ["org_01JD0000000000000000000000"]},
    {"actorType": "system"},
    {"actorType": "root"},
    {"role": "superuser"},
    {"speaksForAccount": ""},
    {"speaksForAccount": "yes"},
    {"role": ""},
    {"role": None},
    {"userId": "key_01JD0000000000000000000000"},
    {"userId": ""},
    # A key's scope on a person, a person's session on a key, neither, both.
    {"scope": "admin"},
    {"actorType": "api_key"},
    {"sessionId": ""},
    {"actorType": "api_key", "sessionId": "", "scope": "everything"},
    {"actorType": "api_key", "sessionId": ""},
    # A key that is narrowed to nothing said, and a person who is narrowed.
    {"actorType": "api_key", "sessionId": "", "scope": "admin", "resources": ""},
    {"resources": "*"},
    {"resources": "products"},
    {"resources": None},
    {"addressAllowed": ""},
    {"addressAllowed": "yes"},
    {"addressAllowed": True},
]


def _event(route: Route, body: Any, authorizer: Any, headers: Mapping[str, str]) -> Json:  # noqa: ANN401 (JSON values)
    event = api_event(
        route[0],
        filled(route, MISSING),
        resource=route[1],
        path_parameters={name: MISSING[name] for name in MISSING if f"{{{name}}}" in route[1]} or None,
        body=body,
        headers=headers,
    )
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    return event


def _answer(route: Route, event: Json) -> Reply:
    return invoke(importlib.import_module(module_of(routes()[route])), event)


def _whole(home: StaffedOrganization) -> dict[str, str]:
    return authenticate(home.owner.token, utc_now(), ORIGIN.ip).to_context()


def _assert_none_is_believed(
    route: Route, home: StaffedOrganization, authorizers: Iterable[Any], headers: Mapping[str, str] | None = None
) -> None:
    # A refused request changes nothing, so one body does for all of them.
    body = a_body(route, home)
    replies = {str(each): _answer(route, _event(route, body, each, headers or {})) for each in authorizers}
    answers = {
        authorizer: (reply.status, reply.json["code"], reply.headers.get("WWW-Authenticate"))
        for authorizer, reply in replies.items()
    }
    assert answers == dict.fromkeys(replies, (401, "unauthenticated", "Bearer"))


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_a_whole_verdict_is_believed(route: Route, home: StaffedOrganization) -> None:
    token = a_token(route, home)
    context = authenticate(token, utc_now(), ORIGIN.ip).to_context()
    event = _event(route, a_body(route, home), context, headers_of(route, token))
    assert _answer(route, event).status not in {401, 403}


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_no_verdict_lets_nobody_in(route: Route, home: StaffedOrganization) -> None:
    # A credential in the request changes nothing: the authorizer alone reads credentials.
    headers = {"Authorization": f"Bearer {home.owner.token}"}
    _assert_none_is_believed(route, home, [None, {}, {"principalId": "usr_01JD0000000000000000000000"}], headers)


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_an_incomplete_verdict_lets_nobody_in(route: Route, home: StaffedOrganization) -> None:
    whole = _whole(home)
    assert set(_FIELDS) <= set(whole)
    incomplete = ({name: value for name, value in whole.items() if name != field} for field in _FIELDS)
    _assert_none_is_believed(route, home, incomplete)


@pytest.mark.asvs("7.2.1", "8.3.1")
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_an_odd_verdict_lets_nobody_in(route: Route, home: StaffedOrganization) -> None:
    whole = _whole(home)
    _assert_none_is_believed(route, home, ({**whole, **forged} for forged in _FORGED))


@pytest.mark.asvs("8.3.1")
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_a_clients_own_words_are_no_verdict(route: Route, home: StaffedOrganization) -> None:
    # API Gateway puts headers and query beside the context, never into it.
    claims = {f"X-Authorizer-{name}": text for name, text in _whole(home).items()}
    _assert_none_is_believed(route, home, [None], claims)
