"""Rate limits: who used theirs up is told so and when to come back, and nobody else notices."""

import importlib
import re
from typing import Any, Final

import pytest

from functions.authorizer import authorize_request
from nexstock.auth.permissions import Scope
from nexstock.config import RateLimits
from tests.support.api import call
from tests.support.buckets import empty_bucket
from tests.support.events import Context, api_event
from tests.support.people import StaffedOrganization
from tests.support.requests import Route, a_body, a_path, a_token, send
from tests.support.templates import is_public, module_of, routes

OPEN: Final = sorted(route for route, function in routes().items() if is_public(function))
GUARDED: Final = sorted(set(routes()) - set(OPEN))
_ADDRESS: Final = "198.51.100.23"
_ELSEWHERE: Final = "198.51.100.24"
_POLICY: Final = re.compile(r'"[a-z-]+";q=[1-9]\d*;w=[1-9]\d*')
_STATE: Final = re.compile(r'"[a-z-]+";r=\d+;t=[1-9]\d*')


def _class_of(route: Route) -> str:
    """Return the class whose limit the route's requests count for, as the contract has it."""
    if is_public(routes()[route]):
        return "auth" if route[0] == "POST" else "read"
    if route[0] != "GET":
        return "write"
    return "export" if route[1].endswith("/export") else "read"


@pytest.mark.parametrize("route", OPEN, ids=" ".join)
def test_a_public_route_tells_how_much_is_left(route: Route, home: StaffedOrganization) -> None:
    reply = send(route, home, ip=_ADDRESS)
    assert _POLICY.fullmatch(reply.headers["RateLimit-Policy"])
    assert _STATE.fullmatch(reply.headers["RateLimit"])
    assert "Retry-After" not in reply.headers


@pytest.mark.parametrize("route", OPEN, ids=" ".join)
def test_a_public_route_refuses_an_address_that_used_up_its_limit(route: Route, home: StaffedOrganization) -> None:
    path, body = a_path(route, home), a_body(route, home)
    with empty_bucket(_class_of(route), _ADDRESS):
        refused = call(route[0], path, body=body, ip=_ADDRESS)
        elsewhere = call(route[0], path, body=body, ip=_ELSEWHERE)
    assert (refused.status, refused.json["code"]) == (429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) >= 1
    assert _POLICY.fullmatch(refused.headers["RateLimit-Policy"])
    assert f'"{_class_of(route)}";r=0;t=' in refused.headers["RateLimit"]
    assert elsewhere.status < 300


def test_another_address_of_the_same_ipv6_network_has_no_limit_of_its_own(home: StaffedOrganization) -> None:
    ours, theirs = "2001:db8:51:64::{}", "2001:db8:51:65::{}"
    token = home.member.token
    with empty_bucket("auth", "2001:db8:51:64::/64"), empty_bucket("read-address", "2001:db8:51:64::/64"):
        for network, refused in ((ours, True), (theirs, False)):
            for host in ("1", "ffff:2"):
                ip = network.format(host)
                forgot = call("POST", "/v1/auth/password/forgot", body={"email": "x@example.com"}, ip=ip)
                assert (forgot.status == 429) == refused
                assert (call("GET", "/v1/products", token=token, ip=ip).status == 429) == refused


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_a_guarded_route_tells_what_the_authorizer_counted(route: Route, home: StaffedOrganization) -> None:
    reply = send(route, home, a_token(route, home))
    assert _POLICY.fullmatch(reply.headers["RateLimit-Policy"])
    assert f'"{_class_of(route)}";r=' in reply.headers["RateLimit"]


def _verdict(home: StaffedOrganization, method: str, token: str | None, ip: str = _ADDRESS) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    event = api_event(method, "/v1/products", headers=headers, ip=ip)
    event["methodArn"] = f"arn:aws:execute-api:us-east-1:{home.id}:api/live/{method}/v1/products"
    return authorize_request.handler(event, Context())  # type: ignore[arg-type]


def _effect(verdict: dict[str, Any]) -> str:
    return str(verdict["policyDocument"]["Statement"][0]["Effect"])


@pytest.mark.parametrize(("method", "rate"), [("GET", "read"), ("POST", "write"), ("DELETE", "write")])
def test_the_gate_denies_an_address_that_used_up_its_limit(method: str, rate: str, home: StaffedOrganization) -> None:
    with empty_bucket(f"{rate}-address", _ADDRESS):
        denied = _verdict(home, method, home.owner.token)
        # The count comes before the credential, so that guessing is limited too.
        guessing = _verdict(home, method, "guess")
        elsewhere = _verdict(home, method, home.owner.token, ip=_ELSEWHERE)
    assert _effect(denied) == _effect(guessing) == "Deny"
    assert int(denied["context"]["retryAfter"]) >= 1
    assert _STATE.fullmatch(denied["context"]["rateLimit"])
    assert _POLICY.fullmatch(denied["context"]["rateLimitPolicy"])
    assert "organizationId" not in denied["context"]
    assert _effect(elsewhere) == "Allow"


@pytest.mark.parametrize("caller", ["owner", "admin_key"])
@pytest.mark.parametrize(("method", "rate"), [("GET", "read"), ("POST", "write")])
def test_the_gate_denies_a_credential_that_used_up_its_limit(
    caller: str, method: str, rate: str, home: StaffedOrganization
) -> None:
    subject = {"owner": home.owner.session_id, "admin_key": home.api_keys[Scope.ADMIN].id}[caller]
    with empty_bucket(rate, subject):
        denied = _verdict(home, method, home.credentials[caller], ip=_ELSEWHERE)
        other_class = _verdict(home, {"GET": "POST", "POST": "GET"}[method], home.credentials[caller])
        other_credential = _verdict(home, method, home.member.token)
    assert _effect(denied) == "Deny"
    assert int(denied["context"]["retryAfter"]) >= 1
    assert _effect(other_class) == _effect(other_credential) == "Allow"


def test_no_function_runs_for_a_request_that_the_gate_denied(home: StaffedOrganization) -> None:
    with empty_bucket("write", home.owner.session_id):
        body = a_body(("POST", "/v1/products"), home)
        refused = call("POST", "/v1/products", token=home.owner.token, body=body)
    assert (refused.status, refused.text) == (429, "")
    again = call("POST", "/v1/products", token=home.owner.token, body=body)
    assert again.status == 201, "the SKU was not taken by the refused request"


@pytest.mark.parametrize("route", sorted(routes()), ids=" ".join)
def test_a_route_says_of_itself_for_which_limit_it_counts(route: Route) -> None:
    assert importlib.import_module(module_of(routes()[route])).app.operation.rate.value == _class_of(route)


def test_every_class_of_routes_has_a_limit() -> None:
    limits = RateLimits.from_env()
    rates = {importlib.import_module(module_of(routes()[route])).app.operation.rate for route in OPEN}
    assert {rate.value for rate in rates} == {"auth", "read"}
    assert all(rate.limit_in(limits).capacity > 0 for rate in rates)
