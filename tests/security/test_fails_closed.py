"""A handler trusts the authorizer's verdict and nothing else: without a whole one it answers 401 by itself."""

import importlib
from typing import Any, Final

import pytest

from nexstock.auth.credentials import authenticate
from nexstock.clock import utc_now
from tests.support.api import Reply, invoke
from tests.support.events import api_event
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


def _answer(route: Route, home: StaffedOrganization, authorizer: Any, **more: Any) -> Reply:  # noqa: ANN401
    event = api_event(
        route[0],
        filled(route, MISSING),
        resource=route[1],
        path_parameters={name: MISSING[name] for name in MISSING if f"{{{name}}}" in route[1]} or None,
        body=a_body(route, home),
        **more,
    )
    if authorizer is not None:
        event["requestContext"]["authorizer"] = authorizer
    return invoke(importlib.import_module(module_of(routes()[route])), event)


def _whole(home: StaffedOrganization) -> dict[str, str]:
    return authenticate(home.owner.token, utc_now(), ORIGIN.ip).to_context()


def _assert_refused(reply: Reply) -> None:
    assert (reply.status, reply.json["code"]) == (401, "unauthenticated")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_a_whole_verdict_is_believed(route: Route, home: StaffedOrganization) -> None:
    token = a_token(route, home)
    context = authenticate(token, utc_now(), ORIGIN.ip).to_context()
    assert _answer(route, home, context, headers=headers_of(route, token)).status not in {401, 403}


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
@pytest.mark.parametrize("authorizer", [None, {}, {"principalId": "usr_01JD0000000000000000000000"}])
def test_no_verdict_lets_nobody_in(route: Route, authorizer: Any, home: StaffedOrganization) -> None:  # noqa: ANN401
    # A credential in the request changes nothing: the authorizer alone reads credentials.
    _assert_refused(_answer(route, home, authorizer, headers={"Authorization": f"Bearer {home.owner.token}"}))


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
@pytest.mark.parametrize("field", _FIELDS)
def test_an_incomplete_verdict_lets_nobody_in(route: Route, field: str, home: StaffedOrganization) -> None:
    context = _whole(home)
    del context[field]
    _assert_refused(_answer(route, home, context))


@pytest.mark.asvs("7.2.1", "8.3.1")
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
@pytest.mark.parametrize("forged", _FORGED, ids=str)
def test_an_odd_verdict_lets_nobody_in(route: Route, forged: dict[str, Any], home: StaffedOrganization) -> None:
    _assert_refused(_answer(route, home, {**_whole(home), **forged}))


@pytest.mark.asvs("8.3.1")
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_a_clients_own_words_are_no_verdict(route: Route, home: StaffedOrganization) -> None:
    # API Gateway puts headers and query beside the context, never into it.
    claims = _whole(home)
    _assert_refused(_answer(route, home, None, headers={f"X-Authorizer-{name}": text for name, text in claims.items()}))
