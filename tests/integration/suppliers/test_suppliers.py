"""Suppliers through their handlers: contacts sealed, names searched, and named by products."""

from typing import Any, Final

import pytest

from nexstock.audit.entries import facts_of
from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.ids import MessageId
from nexstock.persistence.keys import Kind
from nexstock.suppliers.repository import SupplierRepository
from nexstock.webhooks import payloads
from tests.support.api import Reply, call
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of

_PATH: Final = "/v1/suppliers"
_FULL: Final[dict[str, Any]] = {
    "name": "Harbour Metals",
    "email": "sales@metals.example",
    "phone": "+31 10 555 01 23",
    "address": {
        "line1": "Quay 1",
        "line2": None,
        "city": "Rotterdam",
        "postalCode": None,
        "state": None,
        "country": "NL",
    },
    "leadTimeDays": 14,
    "notes": "Ask for Joan",
}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: Any) -> Reply:  # noqa: ANN401 (fields of a body)
    return call("POST", _PATH, token=organization.member.token, body={"name": "Thing makers", **fields})


def _send(organization: StaffedOrganization, method: str, path: str, body: Any = None) -> Reply:  # noqa: ANN401
    return call(method, path, token=organization.member.token, body=body)


def _names(organization: StaffedOrganization, **query: str) -> list[str]:
    reply = call("GET", _PATH, token=organization.member.token, query=query)
    return [item["name"] for item in reply.json["items"]]


def _changes(organization: StaffedOrganization) -> list[Change]:
    changes = [Change.parse(record) for record in records_of(organization.id)]
    return [change for change in changes if change is not None and change.kind is Kind.SUPPLIER]


def test_supplier_is_read_as_it_was_written(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)

    assert _FULL.items() <= created.json.items()
    assert _send(organization, "GET", created.headers["Location"]).json == created.json
    assert _send(organization, "GET", _PATH).json["items"] == [created.json]


def test_smallest_supplier_has_a_name_only(organization: StaffedOrganization) -> None:
    body = _create(organization).json

    assert [body[name] for name in ("email", "phone", "address", "leadTimeDays", "notes")] == [None] * 5


@pytest.mark.parametrize("days", [-1, 366, 1.5, "7", True])
def test_lead_time_is_whole_days_of_a_year_at_most(organization: StaffedOrganization, days: object) -> None:
    reply = _create(organization, leadTimeDays=days)

    assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, ["/leadTimeDays"])
    assert _names(organization) == []


def test_change_of_what_is_not_personal_leaves_what_is_sealed_as_it_is(organization: StaffedOrganization) -> None:
    location = _create(organization, **_FULL).headers["Location"]
    suppliers = SupplierRepository(organization.tenant())
    before = suppliers.get(location.rpartition("/")[2])

    patched = _send(organization, "PATCH", location, {"leadTimeDays": None, "name": "Harbour Steel"})

    assert (patched.json["leadTimeDays"], patched.json["notes"]) == (None, "Ask for Joan")
    assert suppliers.get(before.id).details == before.details


def test_search_and_time_of_change_narrow_the_list(organization: StaffedOrganization) -> None:
    first = _create(organization, name="Alloys").headers["Location"]
    for name in ("alum works", "Bolts"):
        _create(organization, name=name)
    assert _names(organization) == ["Bolts", "alum works", "Alloys"]
    assert _names(organization, search="AL") == ["Alloys", "alum works"]

    since = _send(organization, "PATCH", first, {"phone": "1"}).json["updatedAt"]

    assert _names(organization, updatedSince=since) == ["Alloys"]
    assert _names(organization, search="al", updatedSince=since) == ["Alloys"]
    assert _names(organization, search="b", updatedSince=since) == []


def test_audit_and_messages_tell_what_changed_without_personal_data(organization: StaffedOrganization) -> None:
    created = _create(organization, **_FULL)
    _send(organization, "PATCH", created.headers["Location"], {"notes": "Ask for Jo", "leadTimeDays": 7})
    first, second = _changes(organization)
    tenant = system_tenant(organization.id, "webhooks")

    told = payloads.body_of(first, MessageId("msg_1"), tenant) + payloads.body_of(second, MessageId("msg_2"), tenant)
    diff = {entry["path"]: (entry["before"], entry["after"]) for entry in facts_of(second).diff}

    assert set(diff) == {"/leadTimeDays", "/personal", "/personalSince/notes"}
    assert (diff["/leadTimeDays"], diff["/personalSince/notes"]) == ((14, 7), (1, 2))
    assert "Harbour Metals" in told
    for part in ("metals.example", "555", "Rotterdam", "Joan"):
        assert part not in told + str(facts_of(first)) + str(facts_of(second)), part


def test_product_names_a_supplier_that_is_here(organization: StaffedOrganization) -> None:
    supplier, deleted, foreign = (_create(home).json["id"] for home in (organization, organization, an_organization()))
    _send(organization, "DELETE", f"{_PATH}/{deleted}")
    product = _send(organization, "POST", "/v1/products", {"sku": "A", "name": "Anvil", "supplierId": supplier})
    assert (product.status, product.json["supplierId"]) == (201, supplier)

    for missing in (deleted, foreign, "sup_01JD0000000000000000000000", "x"):
        made = _send(organization, "POST", "/v1/products", {"sku": "B", "name": "B", "supplierId": missing})
        changed = _send(organization, "PATCH", product.headers["Location"], {"supplierId": missing})
        for reply in (made, changed):
            assert (reply.status, [error["pointer"] for error in reply.json["errors"]]) == (422, ["/supplierId"])
    assert _send(organization, "PATCH", product.headers["Location"], {"supplierId": None}).json["supplierId"] is None


def test_product_keeps_naming_a_supplier_that_was_deleted(organization: StaffedOrganization) -> None:
    supplier = _create(organization).json["id"]
    product = _send(organization, "POST", "/v1/products", {"sku": "A", "name": "Anvil", "supplierId": supplier})
    assert _send(organization, "DELETE", f"{_PATH}/{supplier}").status == 204

    patched = _send(organization, "PATCH", product.headers["Location"], {"name": "Big anvil", "supplierId": supplier})

    assert (patched.status, patched.json["supplierId"]) == (200, supplier)


def test_supplier_with_an_open_purchase_order_is_not_deleted(organization: StaffedOrganization) -> None:
    supplier = _create(organization)
    product = _send(organization, "POST", "/v1/products", {"sku": "A", "name": "Anvil"}).json["id"]
    warehouse = _send(organization, "POST", "/v1/warehouses", {"code": "A", "name": "North"}).json["id"]
    lines = [{"productId": product, "quantity": 1, "unitCost": {"amount": 100, "currency": "USD"}}]
    body = {"supplierId": supplier.json["id"], "warehouseId": warehouse, "lines": lines}
    order = _send(organization, "POST", "/v1/purchase-orders", body)
    assert order.status == 201, order.text

    refused = _send(organization, "DELETE", supplier.headers["Location"])
    _send(organization, "POST", f"{order.headers['Location']}/cancel", {})

    assert (refused.status, refused.json["code"], refused.json["usedBy"]) == (409, "in_use", "purchase_orders")
    assert _send(organization, "DELETE", supplier.headers["Location"]).status == 204
