"""Transfers: what leaves one warehouse arrives at another, at the value at which it left, or comes back."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.ids import ProductId, WarehouseId
from nexstock.stock.ledger import StockLedger
from nexstock.stock.valuation import Worth
from tests.support.api import Reply
from tests.support.events import Json
from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

_TRANSFERS = "/v1/stock/transfers"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _transfer(shop: Shop, product: str, source: str, target: str, quantity: float, **fields: Any) -> Reply:  # noqa: ANN401
    body = {"productId": product, "quantity": quantity, "fromWarehouseId": source, "toWarehouseId": target}
    return shop.send("POST", _TRANSFERS, {**body, **fields})


def _step(shop: Shop, transfer: Json, step: str, body: Json | None = None) -> Reply:
    return shop.send("POST", f"{_TRANSFERS}/{transfer['id']}/{step}", body)


def _received(shop: Shop, transfer: Json, *quantities: tuple[str, float]) -> Reply:
    lines = [{"productId": product, "quantity": quantity} for product, quantity in quantities]
    return _step(shop, transfer, "receive", {"lines": lines})


def _numbers(shop: Shop, product: str, warehouse: str) -> tuple[float, float]:
    level = shop.level(product, warehouse)
    return level["onHand"], level["incoming"]


def _worth(shop: Shop, product: str, *warehouses: str) -> Worth:
    places = [(ProductId(product), WarehouseId(warehouse)) for warehouse in warehouses]
    levels = StockLedger(shop.organization.tenant()).read(places, utc_now()).levels.values()
    return Worth(
        sum((level.valuation.average for level in levels), Decimal(0)),
        sum((level.valuation.fifo for level in levels), Decimal(0)),
    )


def _stocked_at_two_costs(shop: Shop) -> tuple[str, str]:
    product, warehouse = shop.product(), shop.warehouse()
    for quantity, amount in ((7, 100), (6, 333)):
        reply = shop.adjust(product, warehouse, quantity, unitCost={"amount": amount, "currency": "USD"})
        assert reply.status == 201
    return product, warehouse


def test_transfer_moves_stock_at_once(shop: Shop) -> None:
    product, source = shop.stocked(10)
    target = shop.warehouse()

    reply = _transfer(shop, product, source, target, 4, note="for the shop")

    assert reply.status == 201
    assert (reply.json["status"], reply.json["note"]) == ("completed", "for the shop")
    movements = [(each["warehouseId"], each["quantity"], each["type"]) for each in reply.json["movements"]]
    assert movements == [(source, -4, "transfer"), (target, 4, "transfer")]
    assert {each["reference"]["id"] for each in reply.json["movements"]} == {reply.json["id"]}
    assert _numbers(shop, product, source) == (6, 0)
    assert _numbers(shop, product, target) == (4, 0)
    assert reply.headers["Location"] == f"{_TRANSFERS}/{reply.json['id']}"


def test_stock_in_transit_is_incoming_until_it_is_received(shop: Shop) -> None:
    product, source = shop.stocked(10)
    target = shop.warehouse()

    transfer = _transfer(shop, product, source, target, 4, inTransit=True).json

    assert transfer["status"] == "in_transit"
    assert (_numbers(shop, product, source), _numbers(shop, product, target)) == ((6, 0), (0, 4))
    received = _step(shop, transfer, "receive", {})
    assert (received.status, received.json["status"]) == (200, "completed")
    assert _numbers(shop, product, target) == (4, 0)
    assert shop.send("GET", f"{_TRANSFERS}/{transfer['id']}").json["lines"] == [
        {"productId": product, "quantity": 4, "received": 4, "returned": 0}
    ]


def test_steps_take_no_body_as_well(shop: Shop) -> None:
    product, source = shop.stocked(10)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json
    assert _step(shop, transfer, "receive").json["status"] == "completed"


def test_transfer_arrives_in_parts_and_the_rest_is_brought_back(shop: Shop) -> None:
    product, source = shop.stocked(10)
    other = shop.product()
    shop.adjust(other, source, 5)
    target = shop.warehouse()
    lines = [{"productId": product, "quantity": 6}, {"productId": other, "quantity": 5}]
    body = {"lines": lines, "fromWarehouseId": source, "toWarehouseId": target, "inTransit": True}
    transfer = shop.send("POST", _TRANSFERS, body).json

    first = _received(shop, transfer, (product, 2))
    second = _received(shop, transfer, (product, 1), (other, 5))
    cancelled = _step(shop, transfer, "cancel")

    assert [reply.json["status"] for reply in (first, second, cancelled)] == [
        "partially_received",
        "partially_received",
        "cancelled",
    ]
    assert _numbers(shop, product, source) == (7, 0)
    assert _numbers(shop, product, target) == (3, 0)
    assert (_numbers(shop, other, source), _numbers(shop, other, target)) == ((0, 0), (5, 0))
    assert cancelled.json["lines"] == [
        {"productId": product, "quantity": 6, "received": 3, "returned": 3},
        {"productId": other, "quantity": 5, "received": 5, "returned": 0},
    ]
    assert all(each["intact"] for each in shop.reconciliation())


def test_value_goes_with_the_stock_to_the_last_fraction(shop: Shop) -> None:
    product, source = _stocked_at_two_costs(shop)
    target = shop.warehouse()
    before = _worth(shop, product, source)

    assert _transfer(shop, product, source, target, 3).status == 201
    assert _worth(shop, product, source, target) == before
    transfer = _transfer(shop, product, source, target, 7, inTransit=True).json
    for _ in range(3):
        assert _received(shop, transfer, (product, 2)).status == 200
    assert _step(shop, transfer, "cancel").status == 200

    assert _worth(shop, product, source, target) == before
    assert _numbers(shop, product, source)[0] + _numbers(shop, product, target)[0] == 13


def test_lines_of_one_product_are_one_line(shop: Shop) -> None:
    product, source = shop.stocked(10)
    target = shop.warehouse()
    lines = [{"productId": product, "quantity": 2}, {"productId": product, "quantity": 3}]
    body = {"lines": lines, "fromWarehouseId": source, "toWarehouseId": target}

    reply = shop.send("POST", _TRANSFERS, body)

    assert [line["quantity"] for line in reply.json["lines"]] == [5]
    assert _numbers(shop, product, source) == (5, 0)


def test_twenty_products_move_in_one_transfer_and_one_more_does_not(shop: Shop) -> None:
    source, target = shop.warehouse(), shop.warehouse()
    products = [shop.product() for _ in range(20)]
    for product in products:
        assert shop.adjust(product, source, 3).status == 201
    lines = [{"productId": product, "quantity": 2} for product in products]
    body = {"lines": lines, "fromWarehouseId": source, "toWarehouseId": target, "inTransit": True}

    sent = shop.send("POST", _TRANSFERS, body, headers={"Idempotency-Key": "twenty"})
    refused = shop.send("POST", _TRANSFERS, {**body, "lines": [*lines, {"productId": shop.product(), "quantity": 1}]})
    received = _received(shop, sent.json, *((product, 1) for product in products))
    cancelled = _step(shop, sent.json, "cancel")

    assert (sent.status, refused.status, received.status, cancelled.status) == (201, 422, 200, 200)
    assert {_numbers(shop, product, source) for product in products} == {(2, 0)}
    assert {_numbers(shop, product, target) for product in products} == {(1, 0)}


def test_more_than_is_available_does_not_leave_and_every_shortage_is_named(shop: Shop) -> None:
    product, source = shop.stocked(3)
    other, target = shop.product(), shop.warehouse()
    lines = [{"productId": product, "quantity": 4}, {"productId": other, "quantity": 1}]
    before = stock_of(shop.organization.id)

    reply = shop.send("POST", _TRANSFERS, {"lines": lines, "fromWarehouseId": source, "toWarehouseId": target})

    assert (reply.status, reply.json["code"]) == (409, "insufficient_stock")
    assert [(each["productId"], each["available"]) for each in reply.json["shortages"]] == [(product, 3), (other, 0)]
    assert stock_of(shop.organization.id) == before


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"toWarehouseId": "SOURCE"}, "/toWarehouseId"),
        ({"toWarehouseId": "whs_01JD0000000000000000000000"}, "/toWarehouseId"),
        ({"fromWarehouseId": "whs_01JD0000000000000000000000"}, "/fromWarehouseId"),
        ({"productId": "prd_01JD0000000000000000000000"}, "/productId"),
        ({"quantity": 0}, "/quantity"),
        ({"quantity": -1}, "/quantity"),
        ({"quantity": 1.5}, "/quantity"),
        ({"quantity": None}, ""),
        ({"lines": []}, "/lines"),
        ({"lines": [{"productId": "prd_01JD0000000000000000000000", "quantity": 1}]}, ""),
        ({"productId": None, "quantity": None}, ""),
        ({"inTransit": "yes"}, "/inTransit"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(shop: Shop, change: Json, pointer: str) -> None:
    product, source = shop.stocked(5)
    target = shop.warehouse()
    before = stock_of(shop.organization.id)
    body = {"productId": product, "quantity": 1, "fromWarehouseId": source, "toWarehouseId": target, **change}
    sent = {name: source if value == "SOURCE" else value for name, value in body.items() if value is not None}

    reply = shop.send("POST", _TRANSFERS, sent)

    assert (reply.status, reply.json["code"]) == (422, "invalid_request")
    assert [error["pointer"] for error in reply.json["errors"]] == [pointer]
    assert stock_of(shop.organization.id) == before


def test_more_than_any_quantity_is_refused(shop: Shop) -> None:
    product, source = shop.stocked(5)
    lines = [{"productId": product, "quantity": 99999999999}] * 2
    reply = shop.send(
        "POST", _TRANSFERS, {"lines": lines, "fromWarehouseId": source, "toWarehouseId": shop.warehouse()}
    )
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/lines/0/quantity")


def test_more_than_is_on_its_way_is_not_received(shop: Shop) -> None:
    product, source = shop.stocked(5)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json
    _received(shop, transfer, (product, 1))
    before = stock_of(shop.organization.id)

    reply = _received(shop, transfer, (product, 2), (product, 2))

    assert (reply.status, reply.json["code"]) == (409, "exceeds_remaining")
    assert reply.json["lines"] == [{"productId": product, "requested": 4, "remaining": 3}]
    assert stock_of(shop.organization.id) == before


def test_only_lines_of_the_transfer_are_received(shop: Shop) -> None:
    product, source = shop.stocked(5)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json

    strange = _received(shop, transfer, (product, 1), (shop.product(), 1))
    half = _received(shop, transfer, (product, 0.5))

    assert (strange.status, strange.json["errors"][0]["pointer"]) == (422, "/lines/1/productId")
    assert half.status == 422


@pytest.mark.parametrize("step", ["receive", "cancel"])
@pytest.mark.parametrize("end", ["completed", "cancelled"])
def test_what_is_over_cannot_be_received_or_brought_back(shop: Shop, step: str, end: str) -> None:
    product, source = shop.stocked(5)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json
    _step(shop, transfer, "cancel" if end == "cancelled" else "receive")
    before = stock_of(shop.organization.id)

    reply = _step(shop, transfer, step)

    assert (reply.status, reply.json["code"], reply.json["currentStatus"]) == (409, "invalid_state", end)
    assert stock_of(shop.organization.id) == before


def test_repeated_transfer_moves_stock_once(shop: Shop) -> None:
    product, source = shop.stocked(5)
    target = shop.warehouse()
    body = {"productId": product, "quantity": 2, "fromWarehouseId": source, "toWarehouseId": target}

    replies = [shop.send("POST", _TRANSFERS, body, headers={"Idempotency-Key": "a"}) for _ in range(2)]

    assert replies[0].json["id"] == replies[1].json["id"]
    assert _numbers(shop, product, source) == (3, 0)


def test_parts_that_arrive_at_the_same_time_are_never_more_than_left(shop: Shop) -> None:
    product, source = shop.stocked(10)
    target = shop.warehouse()
    transfer = _transfer(shop, product, source, target, 5, inTransit=True).json

    with ThreadPoolExecutor(4) as pool:
        received = [pool.submit(_received, shop, transfer, (product, 2)) for _ in range(3)]
        cancelled = pool.submit(_step, shop, transfer, "cancel")
        statuses = [each.result().status for each in (*received, cancelled)]

    assert set(statuses) <= {200, 409}
    here, there = _numbers(shop, product, source), _numbers(shop, product, target)
    line = shop.send("GET", f"{_TRANSFERS}/{transfer['id']}").json["lines"][0]
    assert there == (line["received"], 5 - line["received"] - line["returned"])
    assert here[0] + there[0] + there[1] == 10
    assert all(each["intact"] for each in shop.reconciliation())


def test_list_is_filtered_by_state_warehouse_and_time(shop: Shop) -> None:
    product, source = shop.stocked(20)
    target, elsewhere = shop.warehouse(), shop.warehouse()
    one = _transfer(shop, product, source, target, 1).json
    two = _transfer(shop, product, source, target, 1, inTransit=True).json
    three = _transfer(shop, product, target, elsewhere, 1).json
    changed = _step(shop, two, "receive").json

    def listed(**query: str) -> list[str]:
        return [each["id"] for each in shop.send("GET", _TRANSFERS, query=query).json["items"]]

    ids = [each["id"] for each in (three, two, one)]
    assert listed() == ids
    assert listed(status="completed") == ids
    assert listed(status="in_transit") == []
    assert listed(warehouseId=target) == ids
    assert listed(warehouseId=source) == ids[1:]
    assert listed(warehouseId=elsewhere, status="completed") == ids[:1]
    assert listed(updatedSince=changed["updatedAt"]) == [two["id"]]
    assert listed(updatedSince=one["updatedAt"], warehouseId=source) == ids[1:]


def test_pages_of_a_warehouse_hold_every_transfer_once_newest_first(shop: Shop) -> None:
    product, source = shop.stocked(20)
    target = shop.warehouse()
    made = []
    for number in range(7):
        ends = (source, target) if number % 3 else (target, source)
        if number % 3 == 0:
            shop.adjust(product, target, 1)
        made.append(_transfer(shop, product, *ends, 1).json["id"])
    found: list[str] = []
    query = {"warehouseId": target, "limit": "2"}
    while True:
        page = shop.send("GET", _TRANSFERS, query=query).json
        found += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == sorted(made, reverse=True)


def test_lots_go_along_with_what_is_transferred_and_are_not_lost_on_the_way(shop: Shop) -> None:
    product, source, target = shop.product(tracking="lot"), shop.warehouse(), shop.warehouse()
    lots = [{"lot": "L1", "quantity": 3, "expiresOn": "2030-01-01"}, {"lot": "L2", "quantity": 2}]
    assert shop.adjust(product, source, 5, lots=lots).status == 201

    moved = _transfer(shop, product, source, target, 4)
    on_its_way = _transfer(shop, product, source, target, 1, inTransit=True)

    out, into = moved.json["movements"]
    assert out["lots"] == into["lots"] != []
    assert (on_its_way.status, on_its_way.json["errors"][0]["pointer"]) == (422, "/productId")


def test_stock_is_not_brought_back_to_a_warehouse_that_is_gone(shop: Shop) -> None:
    product, source = shop.stocked(4)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json
    assert shop.send("DELETE", f"/v1/warehouses/{source}").status == 204

    refused = _step(shop, transfer, "cancel")
    assert (refused.status, refused.json["code"]) == (409, "dependency_deleted")
    assert shop.send("POST", f"/v1/warehouses/{source}/restore").status == 200
    assert _step(shop, transfer, "cancel").status == 200


def test_another_organizations_transfer_is_none_of_ours(shop: Shop) -> None:
    product, source = shop.stocked(5)
    transfer = _transfer(shop, product, source, shop.warehouse(), 4, inTransit=True).json
    other = Shop(an_organization())
    assert {_step(other, transfer, step).status for step in ("receive", "cancel")} == {404}
    assert other.send("GET", f"{_TRANSFERS}/{transfer['id']}").status == 404
