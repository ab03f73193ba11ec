"""GET /v1/reports/low-stock: what has to be ordered again, and nothing else."""

import pytest

from tests.support.events import Json
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _low(shop: Shop, **query: str) -> list[Json]:
    """Return all pages of the report."""
    found, cursor = [], None
    while True:
        page = shop.send("GET", "/v1/reports/low-stock", query={**query, **({"cursor": cursor} if cursor else {})}).json
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


def test_what_is_low_is_shown_with_what_to_order(shop: Shop) -> None:
    product = shop.product(sku="BOLT-8", name="Bolt M8", reorderPoint=5, reorderQuantity=50)
    warehouse = shop.warehouse()
    shop.adjust(product, warehouse, 4)

    assert _low(shop) == [
        {
            "productId": product,
            "sku": "BOLT-8",
            "name": "Bolt M8",
            "warehouseId": warehouse,
            "available": 4,
            "onHand": 4,
            "incoming": 0,
            "reorderPoint": 5,
            "reorderQuantity": 50,
            "state": "low",
        }
    ]


def test_what_ran_out_is_shown_even_without_a_reorder_point(shop: Shop) -> None:
    product, warehouse = shop.stocked(3)
    assert _low(shop) == []

    shop.adjust(product, warehouse, -3)

    (row,) = _low(shop)
    assert (row["productId"], row["state"], row["reorderPoint"]) == (product, "out", None)


def test_what_came_in_again_leaves_the_report(shop: Shop) -> None:
    product, warehouse = shop.stocked(3, reorderPoint=5)
    assert len(_low(shop)) == 1

    shop.adjust(product, warehouse, 10)

    assert _low(shop) == []


def test_report_follows_a_new_reorder_point(shop: Shop) -> None:
    product, _ = shop.stocked(8)

    shop.send("PATCH", f"/v1/products/{product}", {"reorderPoint": 10})
    assert [row["reorderPoint"] for row in _low(shop)] == [10]
    shop.send("PATCH", f"/v1/products/{product}", {"reorderPoint": 2})
    assert _low(shop) == []


def test_deleted_product_leaves_the_report_and_comes_back_with_it(shop: Shop) -> None:
    product, warehouse = shop.stocked(3)
    shop.adjust(product, warehouse, -3)
    assert shop.send("DELETE", f"/v1/products/{product}").status == 204
    assert _low(shop) == []

    assert shop.send("POST", f"/v1/products/{product}/restore").status == 200
    assert [row["productId"] for row in _low(shop)] == [product]


def test_one_warehouse_is_shown_alone(shop: Shop) -> None:
    product, north, south = shop.product(reorderPoint=5), shop.warehouse(), shop.warehouse()
    for warehouse in (north, south):
        shop.adjust(product, warehouse, 1)

    assert [row["warehouseId"] for row in _low(shop, warehouseId=south)] == [south]


def test_pages_hold_every_level_once_by_warehouse(shop: Shop) -> None:
    warehouses = [shop.warehouse() for _ in range(2)]
    places = {(shop.product(reorderPoint=5), warehouse) for warehouse in warehouses for _ in range(3)}
    for place in places:
        shop.adjust(*place, 1)

    rows = [(row["productId"], row["warehouseId"]) for row in _low(shop, limit="2")]

    assert len(rows) == len(places)
    assert set(rows) == places
    assert [warehouse for _, warehouse in rows] == sorted(warehouse for _, warehouse in rows)
