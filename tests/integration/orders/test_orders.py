"""Orders over the API: what each step does to the order and to stock, and what a refusal leaves: nothing."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

import pytest

from nexstock.ids import ProductId, WarehouseId
from nexstock.stock.repository import StockMovementRepository
from tests.support.orders import ORDERS, USD, order_body, ordered, part, read, step
from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

_NOWHERE: Final = {"product": "prd_01JD0000000000000000000000", "warehouse": "whs_01JD0000000000000000000000"}


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _counts(shop: Shop, product: str, warehouse: str) -> tuple[float, float, float]:
    level = shop.level(product, warehouse)
    return level["onHand"], level["reserved"], level["available"]


def _state(order: Mapping[str, Any]) -> tuple[str, float, float, float]:
    (line,) = order["lines"]
    return order["status"], line["reserved"], line["fulfilled"], line["returned"]


def test_a_draft_says_what_is_ordered_and_reserves_nothing(shop: Shop) -> None:
    product, warehouse = shop.stocked(5, sku="BOLT", name="Bolt")

    reply = shop.send("POST", ORDERS, order_body(product, warehouse, 3, reference="web-17", notes="Ring twice"))

    order = reply.json
    assert (reply.status, reply.headers["ETag"], reply.headers["Location"]) == (201, '"1"', f"{ORDERS}/{order['id']}")
    assert (order["status"], order["reference"], order["notes"]) == ("draft", "web-17", "Ring twice")
    total = {"amount": 5997, "currency": "USD"}
    line = {"productId": product, "sku": "BOLT", "name": "Bolt", "quantity": 3, "unitPrice": USD, "total": total}
    assert order["lines"] == [{**line, "reserved": 0, "fulfilled": 0, "returned": 0}]
    assert order["total"] == total
    assert _counts(shop, product, warehouse) == (5, 0, 5)
    assert read(shop, order) == order


def test_an_order_goes_from_draft_to_shipped(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3)

    confirmed = step(shop, order, "confirm")
    assert (confirmed.status, confirmed.headers["ETag"]) == (200, '"2"')
    assert _state(confirmed.json) == ("confirmed", 3, 0, 0)
    assert _counts(shop, product, warehouse) == (5, 3, 2)
    assert _state(step(shop, order, "fulfil", part(product, 1)).json) == ("partially_fulfilled", 2, 1, 0)
    assert _counts(shop, product, warehouse) == (4, 2, 2)
    assert _state(step(shop, order, "fulfil").json) == ("fulfilled", 0, 3, 0)
    assert _counts(shop, product, warehouse) == (2, 0, 2)
    assert [movement["type"] for movement in shop.movements(product)] == ["fulfilment", "fulfilment", "adjustment"]
    assert {each["reference"]["id"] for each in shop.movements(product)[:2]} == {order["id"]}


def test_an_order_can_be_confirmed_as_it_is_written(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)

    order = ordered(shop, product, warehouse, 3, confirm=True)

    assert (_state(order), order["version"]) == (("confirmed", 3, 0, 0), 1)
    assert _counts(shop, product, warehouse) == (5, 3, 2)


def test_what_is_cancelled_is_available_again(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)

    cancelled = step(shop, order, "cancel", {"reason": "changed their mind"}).json

    assert (_state(cancelled), cancelled["cancelReason"]) == (("cancelled", 0, 0, 0), "changed their mind")
    assert _counts(shop, product, warehouse) == (5, 0, 5)


def test_cancelling_the_rest_of_a_partly_shipped_order_closes_it(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    step(shop, order, "fulfil", part(product, 1))

    assert _state(step(shop, order, "cancel").json) == ("closed", 0, 1, 0)
    assert _counts(shop, product, warehouse) == (4, 0, 4)


def test_what_comes_back_lies_in_stock_again_and_the_last_return_closes_the_order(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    step(shop, order, "fulfil")

    assert _state(step(shop, order, "return", part(product, 1)).json) == ("fulfilled", 0, 3, 1)
    assert _counts(shop, product, warehouse) == (3, 0, 3)
    assert _state(step(shop, order, "return").json) == ("closed", 0, 3, 3)
    assert _counts(shop, product, warehouse) == (5, 0, 5)


def test_what_comes_back_broken_does_not_lie_in_stock_and_is_seen_among_the_movements(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    step(shop, order, "fulfil")

    returned = step(shop, order, "return", {"restock": False, "reason": "broken"})

    assert _state(returned.json) == ("closed", 0, 3, 3)
    assert _counts(shop, product, warehouse) == (2, 0, 2)
    newest = shop.movements(product)[0]
    assert (newest["type"], newest["reason"], newest["quantity"]) == ("return", "broken", 0)


def test_lines_of_one_product_are_one_line(shop: Shop) -> None:
    (product, warehouse), other = shop.stocked(5), shop.product(price=USD)
    lines = [{"productId": product, "quantity": 1, "unitPrice": USD}, {"productId": other, "quantity": 1}]

    order = shop.send("POST", ORDERS, {"warehouseId": warehouse, "lines": [*lines, {**lines[0], "quantity": 2}]}).json

    assert [(line["productId"], line["quantity"]) for line in order["lines"]] == [(product, 3), (other, 1)]
    assert order["total"]["amount"] == 4 * 1999


def test_parts_of_one_product_are_taken_together(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    line = {"productId": product, "quantity": 2}

    reply = step(shop, order, "fulfil", {"lines": [line, line]})

    assert (reply.status, reply.json["code"]) == (409, "exceeds_remaining")
    assert reply.json["lines"] == [{"productId": product, "requested": 4, "remaining": 3}]


def test_an_order_has_45_lines_at_most_however_often_it_names_a_product(shop: Shop) -> None:
    warehouse = shop.warehouse()
    products = [shop.product(price=USD, allowBackorder=True) for _ in range(46)]
    lines = [{"productId": product, "quantity": 1} for product in products]
    before = stock_of(shop.organization.id)

    refused = shop.send("POST", ORDERS, {"warehouseId": warehouse, "lines": lines, "confirm": True})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/lines")
    assert stock_of(shop.organization.id) == before
    body = {"warehouseId": warehouse, "lines": [*lines[:45], *lines[:45]], "confirm": True}
    made = shop.send("POST", ORDERS, body, headers={"Idempotency-Key": "forty-five"})
    assert (made.status, len(made.json["lines"]), made.json["total"]["amount"]) == (201, 45, 90 * 1999)


def test_an_order_of_45_lines_goes_through_every_step(shop: Shop) -> None:
    warehouse = shop.warehouse()
    products = [shop.product(price=USD) for _ in range(45)]
    for product in products:
        shop.adjust(product, warehouse, 2)
    lines = [{"productId": product, "quantity": 2} for product in products]

    order = shop.send("POST", ORDERS, {"warehouseId": warehouse, "lines": lines}).json
    for name, status in (("confirm", "confirmed"), ("fulfil", "fulfilled"), ("return", "closed")):
        reply = step(shop, order, name, headers={"Idempotency-Key": name})
        assert (reply.status, reply.json["status"]) == (200, status), name
    assert {row["intact"] for row in shop.reconciliation()} == {True}


@pytest.mark.parametrize("confirms", ["as it is written", "later"])
def test_every_shortage_is_named_and_nothing_is_reserved(shop: Shop, confirms: str) -> None:
    warehouse = shop.warehouse()
    plenty, few, none = (shop.product(price=USD) for _ in range(3))
    shop.adjust(plenty, warehouse, 9)
    shop.adjust(few, warehouse, 1)
    lines = [{"productId": each, "quantity": 2} for each in (plenty, few, none)]
    body = {"warehouseId": warehouse, "lines": lines}
    draft = shop.send("POST", ORDERS, body).json
    before = stock_of(shop.organization.id)

    if confirms == "later":
        reply = step(shop, draft, "confirm")
    else:
        reply = shop.send("POST", ORDERS, {**body, "confirm": True})

    assert (reply.status, reply.json["code"]) == (409, "insufficient_stock")
    shortages = {each["productId"]: (each["requested"], each["available"]) for each in reply.json["shortages"]}
    assert shortages == {few: (2, 1), none: (2, 0)}
    assert stock_of(shop.organization.id) == before


def test_what_may_be_sold_before_it_is_there_is_shipped_only_once_it_is(shop: Shop) -> None:
    product, warehouse = shop.stocked(1, allowBackorder=True)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    assert _counts(shop, product, warehouse) == (1, 3, -2)

    early = step(shop, order, "fulfil")
    assert (early.status, early.json["code"]) == (409, "insufficient_stock")
    assert step(shop, order, "fulfil", part(product, 1)).status == 200
    shop.adjust(product, warehouse, 2)
    assert step(shop, order, "fulfil").json["status"] == "fulfilled"
    assert _counts(shop, product, warehouse) == (0, 0, 0)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"warehouseId": _NOWHERE["warehouse"]}, "/warehouseId"),
        ({"warehouseId": "hall"}, "/warehouseId"),
        ({"customerId": "cus_01JD0000000000000000000000"}, "/customerId"),
        ({"customerId": "somebody"}, "/customerId"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"productId": _NOWHERE["product"], "quantity": 1}]}, "/lines/0/productId"),
        ({"lines": [{"quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"quantity": 1.5}]}, "/lines/0/quantity"),
        ({"lines": [{"unitPrice": None}]}, "/lines/0/unitPrice"),
        ({"lines": [{"unitPrice": {"amount": -1, "currency": "USD"}}]}, "/lines/0/unitPrice/amount"),
        ({"lines": [{}, {"unitPrice": {"amount": 5, "currency": "USD"}}]}, "/lines/1/unitPrice"),
        ({"lines": [{"quantity": 99999999999}, {"quantity": 99999999999}]}, "/lines/1/quantity"),
        ({"lines": [{"quantity": 10**6, "unitPrice": {"amount": 10**12, "currency": "USD"}}]}, "/lines"),
        ({"reservedUntil": "2099-01-01T00:00:00Z"}, "/reservedUntil"),
        ({"reservedUntil": "2020-01-01T00:00:00Z", "confirm": True}, "/reservedUntil"),
        ({"reservedUntil": "tomorrow", "confirm": True}, "/reservedUntil"),
        ({"confirm": "yes"}, "/confirm"),
        ({"status": "fulfilled"}, "/status"),
        ({"reference": ""}, "/reference"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(shop: Shop, change: dict[str, Any], pointer: str) -> None:
    product, warehouse = shop.stocked(5)
    # Whether a customer is here is asked last, so that the counter may stand there already.
    ordered(shop, product, warehouse)
    before = stock_of(shop.organization.id)
    usual = {"productId": product, "quantity": 1, "unitPrice": USD}
    lines = [_given({**usual, **line}) for line in change.get("lines", [usual])]

    reply = shop.send("POST", ORDERS, {"warehouseId": warehouse, **change, "lines": lines})

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert stock_of(shop.organization.id) == before


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def test_an_order_has_one_currency(shop: Shop) -> None:
    (product, warehouse), other = shop.stocked(5, price=USD), shop.product(price={"amount": 5, "currency": "EUR"})
    lines = [{"productId": product, "quantity": 1}, {"productId": other, "quantity": 1}]

    reply = shop.send("POST", ORDERS, {"warehouseId": warehouse, "lines": lines})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/lines/1/unitPrice/currency")


def test_the_price_is_the_products_unless_the_line_names_one(shop: Shop) -> None:
    product, warehouse = shop.stocked(5, price={"amount": 150, "currency": "EUR"}, unit="kg")
    body = {"warehouseId": warehouse, "lines": [{"productId": product, "quantity": 0.35}]}

    order = shop.send("POST", ORDERS, body).json
    shop.send("PATCH", f"/v1/products/{product}", {"price": {"amount": 999, "currency": "EUR"}, "name": "Other"})

    # 52.5 cents, rounded half even.
    assert order["total"] == {"amount": 52, "currency": "EUR"}
    assert read(shop, order) == order


@pytest.mark.parametrize("name", ["confirm", "fulfil", "cancel", "return"])
def test_a_step_in_the_wrong_state_changes_nothing_and_says_the_state(shop: Shop, name: str) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 2, confirm=True)
    step(shop, order, "cancel")
    before = stock_of(shop.organization.id)

    reply = step(shop, order, name)

    assert (reply.status, reply.json["code"], reply.json["currentStatus"]) == (409, "invalid_state", "cancelled")
    assert stock_of(shop.organization.id) == before


@pytest.mark.parametrize("name", ["fulfil", "return"])
def test_a_step_cannot_name_what_was_not_ordered(shop: Shop, name: str) -> None:
    (product, warehouse), other = shop.stocked(5), shop.product()
    order = ordered(shop, product, warehouse, 2, confirm=True)
    step(shop, order, "fulfil", part(product, 1))

    reply = step(shop, order, name, part(other, 1))

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/lines/0/productId")


def test_a_step_of_a_stale_version_is_refused(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 2, confirm=True)
    assert step(shop, order, "fulfil", part(product, 1), headers={"If-Match": '"1"'}).status == 200

    reply = step(shop, order, "fulfil", headers={"If-Match": '"1"'})

    assert (reply.status, reply.json["code"]) == (412, "stale_version")
    assert _counts(shop, product, warehouse) == (4, 1, 3)


def test_a_repeated_step_is_done_once(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse, 3, confirm=True)
    key = {"Idempotency-Key": "shipment-1"}

    replies = [step(shop, order, "fulfil", part(product, 1), headers=key) for _ in range(2)]

    assert [reply.json["version"] for reply in replies] == [2, 2]
    assert _counts(shop, product, warehouse) == (4, 2, 2)


def test_a_deleted_product_or_warehouse_cannot_be_ordered(shop: Shop) -> None:
    product, warehouse = shop.product(price=USD), shop.warehouse()
    body = order_body(product, warehouse)
    draft = shop.send("POST", ORDERS, body).json
    shop.send("DELETE", f"/v1/products/{product}")

    assert shop.send("POST", ORDERS, body).json["errors"][0]["pointer"] == "/lines/0/productId"
    refused = step(shop, draft, "confirm")
    assert (refused.status, refused.json["code"], refused.json["ids"]) == (409, "dependency_deleted", [product])
    shop.send("POST", f"/v1/products/{product}/restore")
    shop.send("DELETE", f"/v1/warehouses/{warehouse}")
    assert shop.send("POST", ORDERS, body).json["errors"][0]["pointer"] == "/warehouseId"
    assert step(shop, draft, "confirm").json["ids"] == [warehouse]
    assert step(shop, draft, "cancel").json["status"] == "cancelled"


def test_another_organizations_product_cannot_be_ordered(shop: Shop) -> None:
    other = Shop(an_organization())
    product, warehouse = other.stocked(5)

    reply = shop.send("POST", ORDERS, order_body(product, warehouse))

    assert reply.status == 422
    assert other.level(product, warehouse)["onHand"] == 5


def test_what_comes_back_is_worth_what_it_was_worth_when_it_left(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    shop.adjust(product, warehouse, 3, unitCost={"amount": 500, "currency": "USD"})
    order = ordered(shop, product, warehouse, 3, confirm=True)
    step(shop, order, "fulfil")
    step(shop, order, "return", part(product, 1))

    # Opened, reserved, shipped, returned.
    assert _values(shop, product, warehouse) == [1500, 0, -1500, 500]


def _values(shop: Shop, product: str, warehouse: str) -> list[Decimal]:
    movements = StockMovementRepository(shop.organization.tenant())
    page = movements.list_of_level(ProductId(product), WarehouseId(warehouse), limit=100, after=None)
    return [movement.value for movement in page.items]
