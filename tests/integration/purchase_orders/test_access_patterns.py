"""What transfers, counts and purchase orders ask of DynamoDB and what that costs (docs/access-patterns.md)."""

from typing import Any

import pytest

from tests.support.costs import Cost, handler_cost, priced
from tests.support.counting import COUNTS, a_count, lines_of
from tests.support.events import Json
from tests.support.purchasing import PURCHASE_ORDERS, a_purchase, purchase_body, submitted
from tests.support.stock_keeping import Shop, a_shop

_TRANSFERS = "/v1/stock/transfers"
_READ_AND_WRITE = ["BatchGetItem", "TransactWriteItems"]


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _asked(  # noqa: PLR0913 (the parts of a request)
    shop: Shop,
    handler: str,
    method: str,
    path: str,
    resource_id: str,
    suffix: str = "",
    body: Json | None = None,
) -> Cost:
    """Return the cost of what is asked of one resource."""
    variable = {"transfers": "transfer_id", "counts": "count_id", "purchase_orders": "purchase_order_id"}
    name = variable[handler.partition(".")[0]]
    parts: dict[str, Any] = {"resource": f"{path}/{{{name}}}{suffix}", "path_parameters": {name: resource_id}}
    return handler_cost(handler, shop.organization, method, f"{path}/{resource_id}{suffix}", body=body, **parts)


def _transfer(shop: Shop) -> Json:
    product, source = shop.stocked(20)
    ends = {"fromWarehouseId": source, "toWarehouseId": shop.warehouse()}
    body = {"productId": product, "quantity": 1, **ends}
    assert shop.send("POST", _TRANSFERS, body).status == 201
    return body


def test_transfer_is_one_read_and_one_write(shop: Shop) -> None:
    body = _transfer(shop)
    cost = handler_cost("transfers.create_transfer", shop.organization, "POST", _TRANSFERS, body=body)
    assert cost == priced(_READ_AND_WRITE, 6, 24)


@pytest.mark.parametrize(("step", "read_units", "write_units"), [("receive", 5, 15), ("cancel", 7, 19)])
def test_every_step_of_a_transfer_is_the_transfer_one_read_and_one_write(
    shop: Shop, step: str, read_units: float, write_units: float
) -> None:
    transfer = shop.send("POST", _TRANSFERS, {**_transfer(shop), "inTransit": True}).json["id"]
    cost = _asked(shop, f"transfers.{step}_transfer", "POST", _TRANSFERS, transfer, f"/{step}")
    assert cost == priced(["GetItem", *_READ_AND_WRITE], read_units, write_units)


def test_recording_what_was_counted_is_three_reads_and_one_write(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    count = a_count(shop, warehouse)
    body = {"lines": lines_of({product: 3})}
    cost = _asked(shop, "counts.record_count_lines", "PATCH", COUNTS, count.id, "/lines", body)
    assert cost == priced(["GetItem", "BatchGetItem", *_READ_AND_WRITE], 6, 4)


def test_posting_a_slice_is_three_reads_and_one_write(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    count = a_count(shop, warehouse)
    count.record({product: 3})
    cost = _asked(shop, "counts.post_count", "POST", COUNTS, count.id, "/post")
    assert cost == priced(["GetItem", "Query", *_READ_AND_WRITE], 6, 13)


def test_writing_a_draft_is_one_read_a_number_and_one_write(shop: Shop) -> None:
    body = purchase_body(shop, shop.warehouse(), (shop.product(), 5))
    cost = handler_cost("purchase_orders.create_purchase_order", shop.organization, "POST", PURCHASE_ORDERS, body=body)
    assert cost == priced(["BatchGetItem", "UpdateItem", "TransactWriteItems"], 4, 12)


def test_every_step_of_a_purchase_order_is_the_order_one_read_and_one_write(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    draft, ordered = a_purchase(shop, warehouse, (product, 5)), submitted(shop, warehouse, (product, 5))
    part = {"lines": [{"productId": product, "quantity": 1}]}
    for step, order_id, body, write_units in (
        ("submit", draft.id, None, 10),
        ("receive", ordered.id, part, 13),
        ("cancel", ordered.id, None, 12),
    ):
        handler = f"purchase_orders.{step}_purchase_order"
        cost = _asked(shop, handler, "POST", PURCHASE_ORDERS, order_id, f"/{step}", body)
        assert cost == priced(["GetItem", *_READ_AND_WRITE], 5, write_units), step


def test_a_filtered_list_is_a_query_of_an_index_and_one_read_and_does_not_grow(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)

    def listed() -> Cost:
        query = {"status": "draft", "limit": "5"}
        handler = "purchase_orders.list_purchase_orders"
        return handler_cost(handler, shop.organization, "GET", PURCHASE_ORDERS, query=query)

    for _ in range(6):
        a_purchase(shop, warehouse, (product, 5))
    listed()  # The key of cursors is read once.
    few = listed()
    for _ in range(12):
        a_purchase(shop, warehouse, (product, 5))
    assert few.operations == ["Query", "BatchGetItem"]
    assert listed() == few
