"""What each operation of orders asks of DynamoDB and what that costs (docs/access-patterns.md)."""

from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.orders.expiry import expire_reservations
from tests.support.calls import recorded_calls
from tests.support.costs import Cost, handler_cost, priced
from tests.support.events import Json
from tests.support.orders import ORDERS, USD, a_customer, ended_a_moment_ago, order_body, ordered, step
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _asked(shop: Shop, handler: str, method: str, suffix: str = "", order: Json | None = None, **parts: Any) -> Cost:  # noqa: ANN401
    path = f"{ORDERS}/{order['id']}{suffix}" if order else ORDERS
    if order:
        parts |= {"resource": f"{ORDERS}/{{order_id}}{suffix}", "path_parameters": {"order_id": order["id"]}}
    return handler_cost(f"orders.{handler}", shop.organization, method, path, **parts)


def test_reading_an_order_is_one_call(shop: Shop) -> None:
    order = ordered(shop, *shop.stocked(5))
    assert _asked(shop, "get_order", "GET", order=order) == priced(["GetItem"], 1, 0)


def test_writing_a_draft_is_one_read_a_number_and_one_write(shop: Shop) -> None:
    cost = _asked(shop, "create_order", "POST", body=order_body(*shop.stocked(5)))
    assert cost == priced(["BatchGetItem", "UpdateItem", "TransactWriteItems"], 4, 7)


def test_every_step_is_the_order_one_read_and_one_write(shop: Shop) -> None:
    order = ordered(shop, *shop.stocked(5))
    for name, write_units in (("confirm", 10), ("fulfil", 13), ("return", 13)):
        cost = _asked(shop, f"{name}_order", "POST", f"/{name}", order)
        assert cost == priced(["GetItem", "BatchGetItem", "TransactWriteItems"], 5, write_units), name


def test_cancelling_is_the_order_one_read_and_one_write(shop: Shop) -> None:
    order = ordered(shop, *shop.stocked(5), confirm=True)
    cost = _asked(shop, "cancel_order", "POST", "/cancel", order)
    assert cost == priced(["GetItem", "BatchGetItem", "TransactWriteItems"], 5, 10)


def test_a_customer_and_an_end_of_the_reservation_are_no_calls_more(shop: Shop) -> None:
    fields = {"customerId": a_customer(shop.organization), "confirm": True, "reservedUntil": "2099-01-01T00:00:00Z"}
    cost = _asked(shop, "create_order", "POST", body={**order_body(*shop.stocked(5)), **fields})
    assert cost == priced(["BatchGetItem", "UpdateItem", "TransactWriteItems"], 4, 21)


def test_an_order_of_45_lines_is_as_many_calls(shop: Shop) -> None:
    warehouse = shop.warehouse()
    lines = [{"productId": shop.product(allowBackorder=True), "quantity": 1, "unitPrice": USD} for _ in range(45)]
    body = {"warehouseId": warehouse, "lines": lines, "confirm": True}

    cost = _asked(shop, "create_order", "POST", body=body)

    assert cost == priced(["BatchGetItem", "UpdateItem", "TransactWriteItems"], 92, 338)


@pytest.mark.parametrize("query", [{"status": "draft"}, {"updatedSince": "2020-01-01T00:00:00Z"}])
def test_a_filtered_list_is_a_query_of_an_index_and_one_read(shop: Shop, query: dict[str, str]) -> None:
    place = shop.stocked(5)
    for _ in range(5):
        ordered(shop, *place)
    assert _asked(shop, "list_orders", "GET", query=query) == priced(["Query", "BatchGetItem"], 5.5, 0)


def test_ending_a_reservation_is_what_cancelling_costs(shop: Shop) -> None:
    expire_reservations(utc_now())
    ended_a_moment_ago(shop.organization, order_body(*shop.stocked(5)))
    with recorded_calls() as recording:
        assert expire_reservations(utc_now()) == 1
    operations = [each for each in recording.operations if each != "Query"]
    assert operations == ["GetItem", "BatchGetItem", "TransactWriteItems"]
    assert recording.operations.count("Query") == 8
    assert step(shop, {"id": "ord_01JD0000000000000000000000"}, "cancel").status == 404
