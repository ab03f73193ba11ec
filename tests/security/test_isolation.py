"""Two organizations never meet: what is another's looks as if it were not there, whoever asks and however."""

from typing import Final

import pytest

from tests.support import report_requests, stock_requests
from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization
from tests.support.report_requests import REPORTS
from tests.support.requests import MISSING, RESOURCES, Route, a_body, a_product, filled, headers_of, takes_a_body
from tests.support.templates import is_public, routes

_PERSONAL: Final = "/v1/account/"
"""What is a person's own, in whichever of their organizations they are."""

_ONE: Final = sorted(
    route
    for route, function in routes().items()
    if "{" in route[1] and not route[1].startswith(_PERSONAL) and not is_public(function)
)
_VARIABLES: Final = {
    "/v1/products": "product_id",
    "/v1/warehouses": "warehouse_id",
    "/v1/orders": "order_id",
    "/v1/suppliers": "supplier_id",
    "/v1/customers": "customer_id",
    "/v1/stock/transfers": "transfer_id",
    "/v1/stock/counts": "count_id",
    "/v1/purchase-orders": "purchase_order_id",
    "/v1/api-keys": "api_key_id",
    "/v1/audit-logs": "entry_id",
    "/v1/webhook-endpoints": "endpoint_id",
    "/v1/webhook-deliveries": "delivery_id",
    "/v1/members": "member_id",
    "/v1/invitations": "invitation_id",
    "/v1/imports": "import_id",
}
_LISTS: Final = {
    **{path: RESOURCES[variable] for path, variable in _VARIABLES.items()},
    **stock_requests.LISTS,
    **report_requests.LISTS,
}
"""Makes one of what each list holds."""

_WITH_BODY: Final = sorted(
    route
    for route in routes()
    # By these a person chooses among their own organizations.
    if takes_a_body(route) and not route[1].endswith(("/login", "/refresh", "/switch", "/auth/passkeys"))
)
_FOREIGNERS: Final = ("owner", "admin", "admin_key")
_NAMES: Final = ("organizationId", "organization_id", "organization", "tenantId")
_OF_EACH_REQUEST: Final = frozenset({"X-Request-Id", "RateLimit", "RateLimit-Policy"})
"""Headers that differ between any two answers."""


def _without_its_own(reply: Reply) -> tuple[int, dict[str, str], dict[str, object]]:
    headers = {name: value for name, value in reply.headers.items() if name not in _OF_EACH_REQUEST}
    return reply.status, headers, {**reply.json, "instance": ""}


def _ids_of_new_resources(route: Route, organization: StaffedOrganization) -> dict[str, str]:
    return {name: make(organization) for name, make in RESOURCES.items() if f"{{{name}}}" in route[1]}


def test_every_list_is_looked_at() -> None:
    guarded = {path for method, path in routes() if method == "GET" and path.startswith("/v1/") and "{" not in path}
    ones_own = {
        "/v1/account",
        "/v1/account/sessions",
        "/v1/account/passkeys",
        "/v1/organization",
        "/v1/events/types",
        "/v1/organization/single-sign-on",
        "/v1/organization/export",
        "/v1/products/export",
        "/v1/stock/export",
        # Of an organization's own log, which the tests of checkpoints look at.
        "/v1/audit-logs/checkpoints",
        "/v1/audit-logs/verification",
        "/v1/encryption/keys",
        "/v1/encryption/rotation-report",
        "/v1/audit-logs/export",
    }
    assert guarded - {"/v1/health", "/v1/openapi.json"} - ones_own - set(REPORTS) == set(_LISTS)


@pytest.mark.parametrize("route", _ONE, ids=" ".join)
def test_anothers_resource_answers_as_a_missing_one_does(
    route: Route, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    path, body = filled(route, _ids_of_new_resources(route, home)), a_body(route, foreign)
    for caller in _FOREIGNERS:
        token = foreign.credentials[caller]
        anothers = call(route[0], path, token=token, body=body)
        missing = call(route[0], filled(route, MISSING), token=token, body=body)
        assert anothers.status == 404, caller
        assert _without_its_own(anothers) == _without_its_own(missing), caller
        assert len(anothers.text) == len(missing.text), caller


@pytest.mark.parametrize("route", [route for route in _ONE if route[0] != "GET"], ids=" ".join)
def test_a_foreign_write_changes_nothing(route: Route, home: StaffedOrganization, foreign: StaffedOrganization) -> None:
    ids = _ids_of_new_resources(route, home)
    resource = route[1].partition("}")[0] + "}"
    path = filled(("GET", resource), ids)
    before = call("GET", path, token=home.owner.token)
    headers = {"If-Match": '"1"', "Idempotency-Key": "foreign"}
    call(route[0], filled(route, ids), token=foreign.owner.token, body=a_body(route, foreign), headers=headers)
    after = call("GET", path, token=home.owner.token)
    assert (after.status, after.json, after.headers["ETag"]) == (200, before.json, before.headers["ETag"])


def test_nobody_sees_or_ends_anothers_session(home: StaffedOrganization, foreign: StaffedOrganization) -> None:
    theirs = f"/v1/account/sessions/{home.member.session_id}"
    nobodys = f"/v1/account/sessions/{MISSING['session_id']}"
    for stranger in (home.owner, foreign.owner):
        refused, missing = (call("DELETE", path, token=stranger.token) for path in (theirs, nobodys))
        assert _without_its_own(refused) == _without_its_own(missing)
        listed = call("GET", "/v1/account/sessions", token=stranger.token).json["items"]
        assert home.member.session_id not in {session["id"] for session in listed}
    assert call("GET", "/v1/products", token=home.member.token).status == 200


@pytest.mark.parametrize("path", stock_requests.LISTS)
def test_a_list_of_stock_holds_that_of_ones_own_products_only(
    path: str, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    query = {"productId": _LISTS[path](home)}
    ours, theirs = (call("GET", path, token=each.owner.token, query=query).json["items"] for each in (home, foreign))
    assert {item["productId"] for item in ours} == {query["productId"]}
    assert theirs == []


@pytest.mark.parametrize("path", [path for path in _LISTS if path not in stock_requests.LISTS])
def test_a_list_holds_ones_own_resources_only(
    path: str, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    ours, theirs = _LISTS[path](home), _LISTS[path](foreign)
    field = "id" if path in _VARIABLES else "productId"
    query = {"limit": "100"}
    seen_at_home = {item[field] for item in call("GET", path, token=home.owner.token, query=query).json["items"]}
    seen_abroad = {item[field] for item in call("GET", path, token=foreign.owner.token, query=query).json["items"]}
    assert ours in seen_at_home
    assert theirs in seen_abroad
    assert not seen_at_home & seen_abroad


@pytest.mark.parametrize("path", _LISTS)
def test_a_cursor_of_another_organization_is_refused(
    path: str, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    for organization in (home, foreign):
        for _ in range(2):
            _LISTS[path](organization)
    cursor = call("GET", path, token=home.owner.token, query={"limit": "1"}).json["next"]
    assert call("GET", path, token=home.owner.token, query={"limit": "1", "cursor": cursor}).status == 200
    borrowed = call("GET", path, token=foreign.owner.token, query={"limit": "1", "cursor": cursor})
    assert (borrowed.status, borrowed.json["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("route", _WITH_BODY, ids=" ".join)
def test_a_body_cannot_name_an_organization(
    route: Route, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    token = foreign.owner.token
    body = {**a_body(route, foreign), **dict.fromkeys(_NAMES, home.id)}
    path = filled(route, _ids_of_new_resources(route, foreign))
    reply = call(route[0], path, token=token, body=body, headers=headers_of(route, token))
    assert reply.status == 422
    unknown = {error["pointer"] for error in reply.json["errors"] if error["detail"] == "unknown field"}
    assert unknown == {f"/{name}" for name in _NAMES}


@pytest.mark.parametrize("path", [*_LISTS, *REPORTS])
@pytest.mark.parametrize("name", _NAMES)
def test_a_query_cannot_name_an_organization(
    path: str, name: str, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    reply = call("GET", path, token=foreign.owner.token, query={name: home.id})
    assert (reply.status, reply.json["code"]) == (422, "invalid_request")


@pytest.mark.parametrize("name", ["X-Organization-Id", "X-Tenant-Id", "X-Amzn-Organization"])
def test_a_header_cannot_name_an_organization(
    name: str, home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    product_id = a_product(home)
    reply = call("GET", f"/v1/products/{product_id}", token=foreign.owner.token, headers={name: home.id})
    assert reply.status == 404


def test_nobody_signs_in_to_an_organization_that_is_not_theirs(
    home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    body = a_body(("POST", "/v1/auth/login"), foreign)
    mine = call("POST", "/v1/auth/login", body={**body, "organizationId": foreign.id})
    theirs = call("POST", "/v1/auth/login", body={**body, "organizationId": home.id})
    wrong = call("POST", "/v1/auth/login", body={**body, "password": "not the password at all"})
    assert mine.json["organizationId"] == foreign.id
    assert (theirs.status, theirs.json["code"]) == (401, "unauthenticated")
    assert _without_its_own(theirs) == _without_its_own(wrong)


def test_a_session_stays_with_its_organization(home: StaffedOrganization, foreign: StaffedOrganization) -> None:
    for organization in (home, foreign):
        refreshed = call("POST", "/v1/auth/refresh", body=a_body(("POST", "/v1/auth/refresh"), organization))
        assert refreshed.json["organizationId"] == organization.id


def test_equal_idempotency_keys_of_two_organizations_do_not_meet(
    home: StaffedOrganization, foreign: StaffedOrganization
) -> None:
    body, headers = a_body(("POST", "/v1/products"), home), {"Idempotency-Key": "the same key"}
    first = call("POST", "/v1/products", token=home.owner.token, body=body, headers=headers)
    second = call("POST", "/v1/products", token=foreign.owner.token, body=body, headers=headers)
    assert (first.status, second.status) == (201, 201)
    assert first.json["id"] != second.json["id"]
    assert "Idempotency-Replayed" not in second.headers


def test_equal_skus_of_two_organizations_do_not_meet(home: StaffedOrganization, foreign: StaffedOrganization) -> None:
    body = a_body(("POST", "/v1/products"), home)
    assert call("POST", "/v1/products", token=home.owner.token, body=body).status == 201
    assert call("POST", "/v1/products", token=foreign.owner.token, body=body).status == 201
    assert call("POST", "/v1/products", token=home.owner.token, body=body).json["code"] == "sku_taken"
