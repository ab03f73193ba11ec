"""Pages of other origins: what carries a cookie and changes something comes from a page of ours, or is refused."""

from typing import Final

import pytest

from tests.support.api import call
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.people import StaffedOrganization
from tests.support.requests import Route, a_path, a_token, headers_of, prepared, send
from tests.support.templates import is_public, routes

_WRITES: Final = sorted(route for route in routes() if route[0] != "GET")
_READS: Final = sorted(route for route in routes() if route[0] == "GET")
_COOKIE: Final = {"Cookie": "__Secure-nexstock_refresh=nxr_0"}
_FOREIGN: Final[tuple[dict[str, str], ...]] = (
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ALLOWED_ORIGIN.replace("https", "http")},
    {"Origin": f"{ALLOWED_ORIGIN}.evil.example"},
    {"Origin": f"{ALLOWED_ORIGIN}/"},
    {"Origin": ALLOWED_ORIGIN.upper()},
    {"Origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": "cross-site"},
)
_SAFELISTED: Final = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
"""Only these types need no preflight (Fetch, "CORS-safelisted request-header")."""


def _token(route: Route, home: StaffedOrganization) -> str | None:
    return None if is_public(routes()[route]) else a_token(route, home)


@pytest.mark.parametrize("route", _WRITES, ids=" ".join)
def test_a_write_with_a_cookie_from_elsewhere_is_refused(route: Route, home: StaffedOrganization) -> None:
    token = _token(route, home)
    request = prepared(route, home, token)
    for headers in _FOREIGN:
        reply = request.send(token, headers={**_COOKIE, **headers})
        assert (reply.status, reply.json["code"]) == (403, "origin_not_allowed"), headers


@pytest.mark.parametrize("route", _READS, ids=" ".join)
def test_a_read_with_a_cookie_from_elsewhere_is_answered_and_not_shown_to_the_page(
    route: Route, home: StaffedOrganization
) -> None:
    headers = {**_COOKIE, "Origin": "https://evil.example"}
    reply = send(route, home, _token(route, home), headers=headers)
    assert reply.status in {200, 202}
    assert "Access-Control-Allow-Origin" not in reply.headers
    assert reply.headers["Vary"] == "Origin"


@pytest.mark.parametrize("route", _WRITES, ids=" ".join)
def test_a_page_of_ours_may_write_with_its_cookie(route: Route, home: StaffedOrganization) -> None:
    headers = {**_COOKIE, "Origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": "same-site"}
    reply = send(route, home, _token(route, home), headers=headers)
    assert 200 <= reply.status < 300, reply.text
    assert reply.headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ALLOWED_ORIGIN}.evil.example"])
def test_refusals_are_not_shown_to_pages_of_other_origins_either(origin: str, home: StaffedOrganization) -> None:
    reply = call("GET", "/v1/products/x", token=home.owner.token, headers={"Origin": origin})
    assert reply.status == 404
    assert not [name for name in reply.headers if name.startswith("Access-Control-")]


@pytest.mark.parametrize("route", [route for route in _WRITES if route[0] in {"POST", "PATCH"}], ids=" ".join)
def test_a_body_that_a_page_may_send_unasked_is_not_read(route: Route, home: StaffedOrganization) -> None:
    token = _token(route, home)
    path, headers = a_path(route, home), headers_of(route, token)
    for media_type in _SAFELISTED:
        sent = {**headers, "Content-Type": media_type}
        reply = call(route[0], path, token=token, body='{"sku": "1", "name": "Bolt"}', headers=sent)
        assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type"), media_type
