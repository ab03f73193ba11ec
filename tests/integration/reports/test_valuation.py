"""GET /v1/reports/stock-valuation: what stock is worth by both methods, and by warehouse."""

from typing import Any

import pytest

from nexstock.reports.readings import StockReadings
from nexstock.reports.valuation import Method, value_stock
from tests.support.events import Json
from tests.support.stock_keeping import Shop, a_shop

_PATH = "/v1/reports/stock-valuation"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _usd(amount: int) -> Json:
    return {"amount": amount, "currency": "USD"}


def _report(shop: Shop, **query: str) -> Any:  # noqa: ANN401 (any JSON value)
    reply = shop.send("GET", _PATH, query=query)
    assert reply.status == 200, reply.text
    return reply.json


def _bought(shop: Shop, product: str, warehouse: str, quantity: int, unit_cost: int) -> None:
    assert shop.adjust(product, warehouse, quantity, unitCost=_usd(unit_cost)).status == 201


def test_stock_is_valued_by_either_method(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    _bought(shop, product, warehouse, 10, 100)
    _bought(shop, product, warehouse, 10, 200)
    shop.adjust(product, warehouse, -10)

    average, fifo = _report(shop), _report(shop, method="fifo")

    assert (average["method"], average["currency"], average["complete"], average["next"]) == (
        "average",
        "USD",
        True,
        None,
    )
    assert average["total"] == _usd(1500)
    assert fifo["total"] == _usd(2000)


def test_each_warehouse_is_named_with_what_lies_there(shop: Shop) -> None:
    bolt, nut, north, south = shop.product(), shop.product(), shop.warehouse(), shop.warehouse()
    _bought(shop, bolt, north, 10, 100)
    _bought(shop, nut, north, 4, 25)
    _bought(shop, bolt, south, 1, 100)

    report = _report(shop)

    named = {each["id"]: each for each in shop.send("GET", "/v1/warehouses").json["items"]}
    expected = [
        {
            "warehouseId": each,
            "code": named[each]["code"],
            "name": named[each]["name"],
            "products": products,
            "quantity": quantity,
            "value": _usd(value),
        }
        for each, products, quantity, value in ((north, 2, 14, 1100), (south, 1, 1, 100))
    ]
    assert report["warehouses"] == sorted(expected, key=lambda row: str(row["code"]))
    assert report["total"] == _usd(1200)
    assert report["products"] is None


def test_one_warehouse_is_valued_alone(shop: Shop) -> None:
    product, north, south = shop.product(), shop.warehouse(), shop.warehouse()
    _bought(shop, product, north, 10, 100)
    _bought(shop, product, south, 1, 100)

    report = _report(shop, warehouseId=south)

    assert [row["warehouseId"] for row in report["warehouses"]] == [south]
    assert report["total"] == _usd(100)


def test_products_are_shown_where_they_are_asked_for(shop: Shop) -> None:
    product, warehouse = shop.product(sku="BOLT-8", name="Bolt M8"), shop.warehouse()
    _bought(shop, product, warehouse, 3, 33)
    shop.stocked(0.5, unit="liter")

    rows = {row["productId"]: row for row in _report(shop, detail="products")["products"]}

    assert len(rows) == 2
    assert rows[product] == {
        "productId": product,
        "sku": "BOLT-8",
        "name": "Bolt M8",
        "warehouseId": warehouse,
        "onHand": 3,
        "value": _usd(99),
    }


def test_deleted_product_is_worth_nothing_and_not_shown(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    _bought(shop, product, warehouse, 3, 33)
    shop.adjust(product, warehouse, -3)
    assert shop.send("DELETE", f"/v1/products/{product}").status == 204

    report = _report(shop, detail="products")

    assert (report["total"], report["products"]) == (_usd(0), [])


def test_thirds_are_kept_until_they_are_shown(shop: Shop) -> None:
    warehouse = shop.warehouse()
    for _ in range(3):
        product = shop.product()
        _bought(shop, product, warehouse, 2, 50)
        _bought(shop, product, warehouse, 1, 0)
        shop.adjust(product, warehouse, -1)

    report = _report(shop, detail="products")

    # Of each, two thirds of 100 are left: 66.666667.
    assert {row["value"]["amount"] for row in report["products"]} == {67}
    assert report["total"] == report["warehouses"][0]["value"] == _usd(200)


def test_organization_without_stock_has_nothing_to_value(shop: Shop) -> None:
    report = _report(shop)

    assert (report["warehouses"], report["total"], report["complete"]) == ([], _usd(0), True)


def test_sums_over_several_requests_are_those_of_one(shop: Shop) -> None:
    warehouses = [shop.warehouse() for _ in range(2)]
    for number in range(7):
        _bought(shop, shop.product(), warehouses[number % 2], number + 1, 37)
    tenant, carried, requests = shop.organization.tenant(), None, 0

    while True:
        so_far = value_stock(StockReadings(tenant, most=2), Method.AVERAGE, None, shows_levels=False, carried=carried)
        requests += 1
        if (carried := so_far.carried()) is None:
            break

    assert requests == 4
    assert so_far.total.value == _report(shop)["total"]["amount"] == 28 * 37


@pytest.mark.parametrize(
    "query", [{"method": "lifo"}, {"detail": "everything"}, {"detail": ""}, {"limit": "5"}, {"warehouseId": "x" * 65}]
)
def test_what_the_report_does_not_know_is_refused(shop: Shop, query: dict[str, str]) -> None:
    reply = shop.send("GET", _PATH, query=query)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")


def test_cursor_of_nothing_is_refused(shop: Shop) -> None:
    assert shop.send("GET", _PATH, query={"cursor": "AAAA"}).status == 400
