"""Customers through their handlers: personal data is sealed wherever it is stored, and found by a keyed hash."""

import json
import secrets
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from nexstock.audit.entries import facts_of
from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.clock import to_rfc3339
from nexstock.crypto.blind_index import blind_index, blind_indexes
from nexstock.crypto.stored_secrets import Purpose
from nexstock.customers.model import Customer
from nexstock.customers.repository import CustomerItem, CustomerRepository
from nexstock.ids import MessageId
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tenant_items import StoredItem
from nexstock.persistence.versions import FIRST_VERSION
from nexstock.webhooks import payloads
from tests.support.api import Reply, call
from tests.support.calls import sent_to_dynamodb
from tests.support.crashes import crash_points
from tests.support.people import StaffedOrganization, an_organization
from tests.support.platform_secrets import add_version, own_versions
from tests.support.records import records_of

_PATH: Final = "/v1/customers"
_ADDRESS: Final = {
    "line1": "Canalside 9",
    "line2": None,
    "city": "Delft",
    "postalCode": "2611",
    "state": None,
    "country": "NL",
}
_FULL: Final[dict[str, Any]] = {
    "name": "Grace Quay",
    "email": "grace@quay.example",
    "phone": "+31 15 555 01 23",
    "address": _ADDRESS,
    "taxId": "NL001234567B01",
    "notes": "Rings twice\nÀ bientôt",
}
_CLEAR: Final = ("Grace", "quay.example", "555 01 23", "Canalside", "Delft", "NL0012", "Rings twice")
"""Parts of the above that must not be read anywhere but in an answer."""


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", _PATH, token=organization.member.token, body={"name": "Ada", **fields})


def _get(organization: StaffedOrganization, location: str) -> Reply:
    return call("GET", location, token=organization.member.token)


def _patch(organization: StaffedOrganization, location: str, patch: dict[str, Any]) -> Reply:
    return call("PATCH", location, token=organization.member.token, body=patch)


def _names(organization: StaffedOrganization, **query: str) -> list[str]:
    """Return what all pages of a list hold."""
    names: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        reply = call("GET", _PATH, token=organization.member.token, query={**query, **cursor})
        assert reply.status == 200, reply.text
        names += [item["name"] for item in reply.json["items"]]
        if reply.json["next"] is None:
            return names
        cursor = {"cursor": reply.json["next"]}


def _customer(organization: StaffedOrganization, location: str) -> Customer:
    return CustomerRepository(organization.tenant()).get(location.rpartition("/")[2])


def _changes(organization: StaffedOrganization) -> list[Change]:
    """Return every change of a customer, as the stream tells of it."""
    changes = [Change.parse(record) for record in records_of(organization.id)]
    return [change for change in changes if change is not None and change.kind is Kind.CUSTOMER]


def _is_clear(text: str) -> bool:
    return any(part in text for part in _CLEAR)


def test_customer_is_read_as_they_were_written(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    read = _get(organization, created.headers["Location"])

    assert (created.status, created.headers["ETag"]) == (201, '"1"')
    assert _FULL.items() <= created.json.items()
    assert (read.status, read.json) == (200, created.json)
    assert call("GET", _PATH, token=organization.member.token).json["items"] == [created.json]


def test_nothing_personal_is_ever_stored_in_clear_not_even_a_kept_answer(organization: StaffedOrganization) -> None:
    headers = [{"Idempotency-Key": secrets.token_hex(8)} for _ in range(3)]
    token = organization.member.token
    with sent_to_dynamodb() as sent:
        first, again = (call("POST", _PATH, token=token, body=_FULL, headers=headers[0]) for _ in range(2))
        location = first.headers["Location"]
        patched = [call("PATCH", location, token=token, body={"phone": "1"}, headers=headers[1]) for _ in range(2)]
        call("DELETE", location, token=token)
        restored = [call("POST", f"{location}/restore", token=token, headers=headers[2]) for _ in range(2)]
        assert _names(organization, email=_FULL["email"]) == ["Grace Quay"]

    assert (again.status, again.json, again.headers["Idempotency-Replayed"]) == (201, first.json, "true")
    assert patched[0].json == patched[1].json
    assert restored[0].json == restored[1].json
    assert len(sent) > 10
    assert [each for each in sent if _is_clear(each)] == []


@pytest.mark.parametrize(
    ("patch", "changed"),
    [
        ({"name": " Ada "}, {"name": "Ada"}),
        ({"email": "NEW@quay.example"}, {"email": "new@quay.example"}),
        ({"email": None, "taxId": None}, {"email": None, "taxId": None}),
        ({"address": {"city": "Leiden"}}, {"address": {**_ADDRESS, "city": "Leiden"}}),
        ({"address": None, "phone": "1"}, {"address": None, "phone": "1"}),
    ],
    ids=str,
)
def test_patch_changes_what_it_names(
    organization: StaffedOrganization, patch: dict[str, Any], changed: dict[str, Any]
) -> None:
    created = _create(organization, **_FULL)

    patched = _patch(organization, created.headers["Location"], patch)

    own = {"version": 2, "updatedAt": patched.json["updatedAt"]}
    assert (patched.status, patched.json) == (200, {**created.json, **changed, **own})
    assert _get(organization, created.headers["Location"]).json == patched.json


def test_patch_that_changes_nothing_seals_nothing(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]
    before = _customer(organization, location)

    assert _patch(organization, location, {**_FULL, "email": " GRACE@quay.example"}).json["version"] == 1
    assert _customer(organization, location) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/name"),
        ({"name": "  "}, "/name"),
        ({"name": "x", "email": "nobody"}, "/email"),
        ({"name": "x", "phone": ""}, "/phone"),
        ({"name": "x", "taxId": "x" * 51}, "/taxId"),
        ({"name": "x", "notes": "x" * 5001}, "/notes"),
        ({"name": "x", "address": {"country": "nl"}}, "/address/country"),
        ({"name": "x", "emailIndex": "x"}, "/emailIndex"),
    ],
    ids=str,
)
def test_wrong_body_is_told_where_and_leaves_nothing(
    organization: StaffedOrganization, body: dict[str, Any], pointer: str
) -> None:
    reply = call("POST", _PATH, token=organization.member.token, body=body)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert pointer in {error["pointer"] for error in reply.json["errors"]}
    assert _names(organization) == []


def test_email_finds_everybody_who_has_it_however_it_is_written(organization: StaffedOrganization) -> None:
    for name, email in (
        ("A", "shared@quay.example"),
        ("B", "Shared@Quay.Example"),
        ("C", "c@quay.example"),
        ("D", None),
    ):
        _create(organization, name=name, email=email)
    _create(an_organization(), name="Foreign", email="shared@quay.example")

    assert sorted(_names(organization, email=" SHARED@quay.example")) == ["A", "B"]
    assert sorted(_names(organization, email="shared@quay.example", limit="1")) == ["A", "B"]
    assert _names(organization, email="unknown@quay.example") == []
    reply = call("GET", _PATH, token=organization.member.token, query={"email": "no address"})
    assert [error["pointer"] for error in reply.json["errors"]] == ["?email"]


def test_email_finds_a_customer_under_the_present_address_only(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]
    _patch(organization, location, {"email": "new@quay.example"})
    assert [_names(organization, email=email) for email in (_FULL["email"], "new@quay.example")] == [[], ["Grace Quay"]]

    call("DELETE", location, token=organization.member.token)
    assert _names(organization, email="new@quay.example") == []
    call("POST", f"{location}/restore", token=organization.member.token)
    assert _names(organization, email="new@quay.example") == ["Grace Quay"]
    _patch(organization, location, {"email": None})
    assert _names(organization, email="new@quay.example") == []


def test_updated_since_holds_what_changed_then_or_later(organization: StaffedOrganization) -> None:
    first = _create(organization, name="A", email="a@quay.example").headers["Location"]
    _create(organization, name="B", email="a@quay.example")
    assert _names(organization, updatedSince=to_rfc3339(datetime(2020, 1, 1, tzinfo=UTC))) == ["B", "A"]

    since = _patch(organization, first, {"phone": "1"}).json["updatedAt"]

    assert _names(organization, updatedSince=since) == ["A"]
    assert _names(organization, updatedSince=since, email="a@quay.example") == ["A"]


def test_index_of_an_address_differs_between_organizations_and_fields() -> None:
    one, other = an_organization().id, an_organization().id
    indexes = [blind_index(one, "a", "x"), blind_index(other, "a", "x"), blind_index(one, "b", "x")]

    assert len(set(indexes)) == 3
    assert blind_index(one, "a", "x") == indexes[0]
    assert {index.partition(".")[0] for index in indexes} == {FIRST_VERSION}


def test_customers_are_found_by_whichever_version_of_the_secret_indexed_them(organization: StaffedOrganization) -> None:
    _create(organization, name="Old", email="a@quay.example")
    with own_versions(Purpose.BLIND_INDEX):
        add_version(Purpose.BLIND_INDEX)
        _create(organization, name="New", email="a@quay.example")

        assert [index[:6] for index in blind_indexes(organization.id, "a", "x")] == ["V0002.", "V0001."]
        assert _names(organization, email="a@quay.example") == ["New", "Old"]
        assert _names(organization, email="a@quay.example", limit="1") == ["New", "Old"]


def test_audit_says_which_personal_fields_changed_and_not_to_what(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]
    _patch(organization, location, {"email": "new@quay.example", "phone": None})
    call("DELETE", location, token=organization.member.token)

    created, updated, deleted = (facts_of(change) for change in _changes(organization))

    assert not _is_clear(str([created, updated, deleted]))
    assert [facts.action for facts in (created, updated, deleted)] == [
        "customer.created",
        "customer.updated",
        "customer.deleted",
    ]
    assert {entry["path"] for entry in created.diff} == {"/personal", "/personalSince"}
    by_path = {entry["path"]: (entry["before"], entry["after"]) for entry in updated.diff}
    assert set(by_path) == {"/personal", "/personalSince/email", "/personalSince/phone"}
    assert by_path["/personalSince/email"] == (1, 2)
    assert by_path["/personalSince/phone"] == (1, None)
    assert all(value.startswith("sealed:") for value in by_path["/personal"])
    assert [entry["path"] for entry in deleted.diff] == ["/deletedAt"]


def test_message_tells_of_a_customer_without_personal_data(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    (change,) = _changes(organization)

    body = payloads.body_of(change, MessageId("msg_1"), system_tenant(organization.id, "webhooks"))

    assert not _is_clear(body)
    own = {name: created.json[name] for name in ("id", "erasedAt", "version", "createdAt", "updatedAt")}
    assert (json.loads(body)["type"], json.loads(body)["data"]) == ("customer.created", own)


def test_sealed_data_moved_to_another_customer_or_organization_is_a_fault(organization: StaffedOrganization) -> None:
    ours = _create(organization, **_FULL).headers["Location"]
    other = _create(organization, name="Other").headers["Location"]
    foreign = an_organization()
    theirs = _create(foreign, name="Foreign").headers["Location"]
    stolen = _customer(organization, ours).details.ciphertext
    for home, location in ((organization, other), (foreign, theirs)):
        key = tenant_partition(home.id, Kind.CUSTOMER), location.rpartition("/")[2]
        CustomerItem(*key).update([CustomerItem.personal.set(stolen)], condition=StoredItem.pk.exists())

        read, listed = _get(home, location), call("GET", _PATH, token=home.member.token)

        assert [(reply.status, reply.json["code"]) for reply in (read, listed)] == [(500, "internal_error")] * 2
        assert not _is_clear(read.text + listed.text)


def test_crash_anywhere_leaves_one_customer_or_none(organization: StaffedOrganization) -> None:
    for number, point in enumerate(crash_points()):
        body, headers = {**_FULL, "name": f"C{number}"}, {"Idempotency-Key": f"key-{number}"}
        with point:
            call("POST", _PATH, token=organization.member.token, body=body, headers=headers)

        again = call("POST", _PATH, token=organization.member.token, body=body, headers=headers)

        assert (again.status, again.json["name"]) == (201, f"C{number}"), point
    names = _names(organization, limit="100")
    assert sorted(names) == sorted({f"C{each}" for each in range(number + 1)})


def test_customer_with_an_open_order_is_not_deleted(organization: StaffedOrganization) -> None:
    token = organization.member.token
    customer = _create(organization)
    product = call("POST", "/v1/products", token=token, body={"sku": "A", "name": "Anvil"}).json["id"]
    warehouse = call("POST", "/v1/warehouses", token=token, body={"code": "A", "name": "North"}).json["id"]
    lines = [{"productId": product, "quantity": 1, "unitPrice": {"amount": 100, "currency": "USD"}}]
    body = {"customerId": customer.json["id"], "warehouseId": warehouse, "lines": lines}
    order = call("POST", "/v1/orders", token=token, body=body)
    assert order.status == 201, order.text

    refused = call("DELETE", customer.headers["Location"], token=token)
    call("POST", f"{order.headers['Location']}/cancel", token=token, body={})

    assert (refused.status, refused.json["code"], refused.json["usedBy"]) == (409, "in_use", "orders")
    assert call("DELETE", customer.headers["Location"], token=token).status == 204
