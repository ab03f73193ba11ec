"""What the operations of stock ask of DynamoDB and what that costs (docs/access-patterns.md)."""

import pytest

from tests.support.costs import Cost, handler_cost, priced
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _read(shop: Shop, handler: str, path: str, **query: str) -> Cost:
    return handler_cost(f"stock.{handler}", shop.organization, "GET", path, query=query)


def _adjusted(shop: Shop, place: tuple[str, str]) -> Cost:
    body = {"productId": place[0], "warehouseId": place[1], "quantity": 1, "reason": "found"}
    return handler_cost("stock.adjust_stock", shop.organization, "POST", "/v1/stock/adjustments", body=body)


def test_adjusting_stock_is_one_read_and_one_write(shop: Shop) -> None:
    # Organization, product, warehouse and level; then level and movement, each with its entries in three indexes.
    assert _adjusted(shop, shop.stocked(5)).operations == ["BatchGetItem", "TransactWriteItems"]


def test_adjusting_stock_costs_the_same_however_much_was_moved_before(shop: Shop) -> None:
    place = shop.stocked(5)
    first = _adjusted(shop, place)
    for _ in range(40):
        shop.adjust(*place, 1)

    assert _adjusted(shop, place) == first


def test_stock_of_a_product_is_one_call(shop: Shop) -> None:
    product, _ = shop.stocked(5)

    assert _read(shop, "list_stock", "/v1/stock", productId=product) == priced(["Query"], 1, 0)


def test_stock_of_a_warehouse_is_two_calls(shop: Shop) -> None:
    _, warehouse = shop.stocked(5)

    cost = _read(shop, "list_stock", "/v1/stock", warehouseId=warehouse)

    assert cost.operations == ["Query", "BatchGetItem"]


def test_movements_of_a_product_are_two_calls(shop: Shop) -> None:
    product, _ = shop.stocked(5)

    cost = _read(shop, "list_movements", "/v1/stock/movements", productId=product)

    assert cost.operations == ["Query", "BatchGetItem"]


def test_reconciliation_is_one_call_and_one_more_for_each_level(shop: Shop) -> None:
    for _ in range(3):
        shop.stocked(5)

    cost = _read(shop, "reconcile_stock", "/v1/stock/reconciliation")

    assert cost.operations == ["Query"] * 4
