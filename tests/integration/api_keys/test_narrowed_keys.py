"""Keys that are narrowed: to some resources, and to the networks that they may be used from."""

from typing import Any

import pytest

from nexstock.auth.permissions import Role
from tests.integration.api_keys.support import create, patch, rotate, shown, status_with
from tests.support.api import call
from tests.support.people import StaffedOrganization, add_person, an_organization, change_role


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.asvs("8.2.1")
def test_key_reaches_its_resources_and_no_others(organization: StaffedOrganization) -> None:
    reply = create(organization, scope="admin", resources=["webhook_endpoints", "products", "products"])
    key = reply.json["key"]

    assert reply.json["resources"] == ["products", "webhook_endpoints"]
    assert call("GET", "/v1/products", token=key).status == 200
    assert call("GET", "/v1/webhook-endpoints", token=key).status == 200
    refused = call("GET", "/v1/audit-logs", token=key)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert call("GET", "/v1/api-keys", token=key).status == 403


def test_resources_never_widen_the_scope(organization: StaffedOrganization) -> None:
    key = create(organization, scope="read", resources=["products", "webhook_endpoints"]).json["key"]

    assert call("GET", "/v1/products", token=key).status == 200
    assert call("POST", "/v1/products", token=key, body={"sku": "A", "name": "Thing"}).status == 403
    assert call("GET", "/v1/webhook-endpoints", token=key).status == 403


@pytest.mark.asvs("8.3.2")
def test_key_of_a_demoted_creator_loses_the_rest_at_once(organization: StaffedOrganization) -> None:
    creator = add_person(organization, Role.ADMIN)
    key = create(organization, token=creator.token, scope="admin", resources=["products", "api_keys"]).json["key"]
    assert call("GET", "/v1/api-keys", token=key).status == 200

    change_role(organization, creator, Role.MEMBER)

    assert call("GET", "/v1/api-keys", token=key).status == 403
    assert call("GET", "/v1/products", token=key).status == 200


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"resources": []}, "/resources"),
        ({"resources": ["products", "orders_of_others"]}, "/resources/1"),
        ({"resources": ["products:read"]}, "/resources/0"),
        ({"resources": ["*"]}, "/resources/0"),
        ({"resources": "products"}, "/resources"),
        ({"allowedIps": []}, "/allowedIps"),
        ({"allowedIps": ["203.0.113.0/24", "10.0.0.1/8"]}, "/allowedIps/1"),
        ({"allowedIps": ["2001:db8::1/64"]}, "/allowedIps/0"),
        ({"allowedIps": ["office"]}, "/allowedIps/0"),
        ({"allowedIps": [f"203.0.113.{number}" for number in range(51)]}, "/allowedIps"),
        ({"allowedIps": [7]}, "/allowedIps/0"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_narrowing_outside_the_contract_is_refused_by_name(
    organization: StaffedOrganization, fields: dict[str, Any], pointer: str
) -> None:
    location = create(organization).headers["Location"]

    for reply in (create(organization, **fields), patch(organization, location, **fields)):
        assert reply.status == 422
        assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert shown(organization, location)["version"] == 1


def test_fifty_networks_are_shown_in_their_canonical_form(organization: StaffedOrganization) -> None:
    networks = ["2001:DB8::", "::ffff:203.0.113.7", *(f"198.51.100.{number}" for number in range(48))]

    reply = create(organization, allowedIps=networks)

    canonical = ["2001:db8::/128", "203.0.113.7/32", *(f"198.51.100.{number}/32" for number in range(48))]
    assert reply.json["allowedIps"] == canonical
    assert shown(organization, reply.headers["Location"])["allowedIps"] == canonical


@pytest.mark.asvs("8.2.4")
@pytest.mark.parametrize(
    ("ip", "status"),
    [
        ("203.0.113.7", 200),
        ("::ffff:203.0.113.8", 200),
        ("2001:db8::5", 200),
        ("203.0.114.1", 403),
        ("2001:db9::5", 403),
        ("::ffff:198.51.100.1", 403),
        ("not an address", 403),
    ],
)
def test_key_is_good_from_its_networks_only(organization: StaffedOrganization, ip: str, status: int) -> None:
    key = create(organization, allowedIps=["203.0.113.0/24", "2001:db8::/32"]).json["key"]

    reply = call("GET", "/v1/products", token=key, ip=ip)

    assert reply.status == status
    assert status == 200 or reply.json["code"] == "address_not_allowed"


@pytest.mark.asvs("15.3.4")
@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"])
def test_header_never_says_where_a_request_came_from(organization: StaffedOrganization, name: str) -> None:
    key = create(organization, allowedIps=["203.0.113.0/24"]).json["key"]

    for value in ("203.0.113.7", "for=203.0.113.7"):
        reply = call("GET", "/v1/products", token=key, ip="198.51.100.1", headers={name: value})
        assert reply.status == 403


def test_refused_address_leaves_nothing_behind(organization: StaffedOrganization) -> None:
    reply = create(organization, allowedIps=["203.0.113.0/24"])
    product = {"sku": "A", "name": "Thing"}

    refused = call("POST", "/v1/products", token=reply.json["key"], ip="198.51.100.1", body=product)

    assert refused.status == 403
    assert call("GET", "/v1/products", token=organization.owner.token).json["items"] == []
    assert shown(organization, reply.headers["Location"])["lastUsedAt"] is None


def test_wrong_key_from_anywhere_is_401_and_never_403(organization: StaffedOrganization) -> None:
    reply = create(organization, allowedIps=["203.0.113.0/24"])
    call("DELETE", reply.headers["Location"], token=organization.owner.token)

    assert status_with(reply.json["key"], ip="198.51.100.1") == 401


@pytest.mark.parametrize("fields", [{}, {"resources": ["api_keys", "products"]}, {"resources": ["audit_logs"]}])
def test_narrowed_key_makes_no_key_that_reaches_further(
    organization: StaffedOrganization, fields: dict[str, Any]
) -> None:
    narrowed = create(organization, scope="admin", resources=["api_keys"]).json["key"]

    refused = create(organization, token=narrowed, scope="admin", **fields)

    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert create(organization, token=narrowed, scope="admin", resources=["api_keys"]).status == 201


def test_narrowed_key_takes_over_no_key_that_reaches_further(organization: StaffedOrganization) -> None:
    narrowed = create(organization, scope="admin", resources=["api_keys"])
    wide = create(organization, scope="admin")
    token, location = narrowed.json["key"], wide.headers["Location"]

    assert call("POST", f"{location}/rotate", token=token, body={}).status == 403
    assert call("PATCH", location, token=token, body={"enabled": False}).status == 403
    assert call("PATCH", narrowed.headers["Location"], token=token, body={"resources": None}).status == 403
    assert status_with(wide.json["key"]) == 200
    assert rotate(organization, location).status == 200
    assert call("DELETE", location, token=token).status == 204
