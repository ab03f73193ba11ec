"""What the catalogue's lists and writes ask of DynamoDB (docs/access-patterns.md), and that it does not grow.

A number here changes only together with the page that lists the access patterns.
"""

from typing import Any, Final

import pytest

from nexstock.crypto.blind_index import blind_indexes
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct
from nexstock.products.service import create_product
from nexstock.suppliers.repository import SupplierRepository
from tests.support.api import Reply, call
from tests.support.costs import Cost, handler_cost, priced
from tests.support.people import StaffedOrganization, an_organization

_PRODUCT: Final = {"sku": "A", "name": "Thing", "attributes": {"colour": "blue"}}
_PERSON: Final = {"name": "Grace Quay", "email": "grace@quay.example", "phone": "1"}
_QUERIES: Final[tuple[dict[str, str], ...]] = (
    {},
    {"sku": "S0"},
    {"barcode": "B0"},
    {"category": "bolts"},
    {"search": "thing"},
    {"updatedSince": "2020-01-01T00:00:00Z"},
    {"archived": "false"},
)


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _made(organization: StaffedOrganization, path: str, body: dict[str, Any]) -> Reply:
    reply = call("POST", path, token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    return reply


def _of(reply: Reply, kind: str) -> dict[str, Any]:
    return {"resource": f"/v1/{kind}s/{{{kind}_id}}", "path_parameters": {f"{kind}_id": reply.json["id"]}}


def _listed(organization: StaffedOrganization, query: dict[str, str]) -> Cost:
    return handler_cost("products.list_products", organization, "GET", "/v1/products", query={**query, "limit": "5"})


def _stock_up(organization: StaffedOrganization, numbers: range) -> None:
    for number in numbers:
        tenant = organization.tenant()
        body = {"sku": f"S{number}", "name": "Thing", "barcodes": [f"B{number}"], "category": "bolts"}
        create_product(
            CreateProduct.model_validate(body), products=ProductRepository(tenant), suppliers=SupplierRepository(tenant)
        )
        tenant.transaction.commit()


def test_no_list_costs_more_the_more_products_there_are(organization: StaffedOrganization) -> None:
    # A page that has a next one opens the cursor's key, once in a container.
    _stock_up(organization, range(6))
    _listed(organization, {})
    few = [_listed(organization, query) for query in _QUERIES]

    _stock_up(organization, range(6, 120))

    assert [_listed(organization, query) for query in _QUERIES] == few


def test_sku_and_barcode_are_two_reads_by_key(organization: StaffedOrganization) -> None:
    _stock_up(organization, range(1))

    for query in ({"sku": "S0"}, {"barcode": "B0"}):
        assert _listed(organization, query) == priced(["GetItem", "GetItem"], 2, 0)


def test_list_by_an_index_is_one_query_and_one_read_of_the_items(organization: StaffedOrganization) -> None:
    _stock_up(organization, range(2))

    for query in ({"category": "bolts"}, {"updatedSince": "2020-01-01T00:00:00Z"}):
        assert _listed(organization, query) == priced(["Query", "BatchGetItem"], 2.5, 0)
    assert _listed(organization, {"search": "thing"}) == priced(["Query", "Query", "BatchGetItem"], 3, 0)


def test_making_a_kit_reads_its_components_at_once(organization: StaffedOrganization) -> None:
    ids = [_made(organization, "/v1/products", {**_PRODUCT, "sku": sku}).json["id"] for sku in ("B", "C")]
    body = {**_PRODUCT, "components": [{"productId": each, "quantity": 1} for each in ids]}

    cost = handler_cost("products.create_product", organization, "POST", "/v1/products", body=body)

    # As any product, and for each component its count of uses and a check of itself.
    assert cost == priced(["BatchGetItem", "TransactWriteItems"], 2, 15)


def test_warehouses_are_written_and_found_by_code_as_products_by_sku(organization: StaffedOrganization) -> None:
    path, body = "/v1/warehouses", {"code": "A", "name": "North"}

    made = handler_cost("warehouses.create_warehouse", organization, "POST", path, body=body)
    found = handler_cost("warehouses.list_warehouses", organization, "GET", path, query={"code": "A"})

    assert made == priced(["TransactWriteItems"], 0, 4)
    assert found == priced(["GetItem", "GetItem"], 2, 0)


def test_customer_is_written_in_one_call_and_found_by_address_in_two(organization: StaffedOrganization) -> None:
    # The key of the blind index and the data key stay in the container.
    blind_indexes(organization.id, "customer_email", "x")
    made = _made(organization, "/v1/customers", _PERSON)
    of = _of(made, "customer")
    location = made.headers["Location"]

    created = handler_cost("customers.create_customer", organization, "POST", "/v1/customers", body=_PERSON)
    first_read = handler_cost("customers.get_customer", organization, "GET", location, **of)
    read = handler_cost("customers.get_customer", organization, "GET", location, **of)
    changed = handler_cost("customers.update_customer", organization, "PATCH", location, body={"phone": "2"}, **of)
    found = handler_cost(
        "customers.list_customers", organization, "GET", "/v1/customers", query={"email": _PERSON["email"]}
    )

    assert created == priced(["TransactWriteItems"], 0, 8)
    assert first_read == priced(["BatchGetItem"], 2, 0)
    assert read == priced(["GetItem"], 1, 0)
    assert changed == priced(["GetItem", "TransactWriteItems"], 1, 6)
    assert found == priced(["Query", "BatchGetItem", "BatchGetItem"], 3.5, 0)


def test_supplier_is_written_in_one_call_and_searched_in_two(organization: StaffedOrganization) -> None:
    path = "/v1/suppliers"
    _made(organization, path, _PERSON)

    made = handler_cost("suppliers.create_supplier", organization, "POST", path, body=_PERSON)
    found = handler_cost("suppliers.list_suppliers", organization, "GET", path, query={"search": "gr"})

    assert made == priced(["TransactWriteItems"], 0, 6)
    assert found == priced(["Query", "BatchGetItem", "BatchGetItem"], 4.5, 0)
