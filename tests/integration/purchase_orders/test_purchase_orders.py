"""Purchase orders: what is submitted is on its way, and what is received is never more than was ordered."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from nexstock.clock import utc_now
from nexstock.ids import ProductId, WarehouseId
from nexstock.stock.ledger import StockLedger
from tests.support.events import Json
from tests.support.people import an_organization
from tests.support.purchasing import (
    COST,
    PURCHASE_ORDERS,
    Purchase,
    a_purchase,
    lines_of,
    purchase_body,
    submitted,
)
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

_NOBODYS_PRODUCT = "prd_01JD0000000000000000000000"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _numbers(shop: Shop, product: str, warehouse: str) -> tuple[float, float]:
    levels = shop.send("GET", "/v1/stock", query={"productId": product, "warehouseId": warehouse}).json["items"]
    return (levels[0]["onHand"], levels[0]["incoming"]) if levels else (0, 0)


def _worth(shop: Shop, product: str, warehouse: str) -> Decimal:
    place = ProductId(product), WarehouseId(warehouse)
    valuation = StockLedger(shop.organization.tenant()).read([place], utc_now()).levels[place].valuation
    assert valuation.average == valuation.fifo
    return valuation.average


def test_draft_shows_what_it_costs_to_the_cent(shop: Shop) -> None:
    product, other, warehouse = shop.product(unit="kg"), shop.product(), shop.warehouse()
    body = purchase_body(shop, warehouse, (product, 0.3), (other, 3), expectedAt="2027-01-02T03:04:05+01:00")
    body["lines"][0]["unitCost"] = {"amount": 333, "currency": "USD"}

    reply = shop.send("POST", PURCHASE_ORDERS, {**body, "reference": "Q-77", "notes": "call before"})

    assert reply.status == 201
    order = reply.json
    assert (order["status"], order["reference"], order["notes"]) == ("draft", "Q-77", "call before")
    assert order["expectedAt"] == "2027-01-02T02:04:05.000Z"
    assert [line["total"]["amount"] for line in order["lines"]] == [100, 750]
    assert order["total"] == {"amount": 850, "currency": "USD"}
    assert (order["supplierId"], order["warehouseId"]) == (body["supplierId"], warehouse)
    assert reply.headers["Location"] == f"{PURCHASE_ORDERS}/{order['id']}"
    assert _numbers(shop, other, warehouse) == (0, 0)


def test_order_comes_in_in_parts(shop: Shop) -> None:
    product, other, warehouse = shop.product(), shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 6), (other, 2))
    assert (_numbers(shop, product, warehouse), _numbers(shop, other, warehouse)) == ((0, 6), (0, 2))

    part = purchase.receive((product, 1), (product, 3))
    assert (part.json["status"], _numbers(shop, product, warehouse)) == ("partially_received", (4, 2))
    assert [line["received"] for line in part.json["lines"]] == [4, 0]
    rest = purchase.step("receive")

    assert (rest.status, rest.json["status"]) == (200, "received")
    assert (_numbers(shop, product, warehouse), _numbers(shop, other, warehouse)) == ((6, 0), (2, 0))
    assert all(each["intact"] for each in shop.reconciliation())


def test_stock_is_worth_what_was_paid_for_it(shop: Shop) -> None:
    product, warehouse = shop.product(cost={"amount": 999, "currency": "USD"}), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 6))
    purchase.receive((product, 4))
    assert _worth(shop, product, warehouse) == 1000
    purchase.step("receive")
    assert _worth(shop, product, warehouse) == 1500


def test_cost_is_the_products_own_unless_it_is_named(shop: Shop) -> None:
    product, warehouse = shop.product(cost={"amount": 999, "currency": "USD"}), shop.warehouse()
    purchase = a_purchase(shop, warehouse, lines=lines_of((product, 2)))
    assert purchase.read()["lines"][0]["unitCost"] == {"amount": 999, "currency": "USD"}


def test_what_is_received_is_told_as_a_receipt_of_the_order(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 6))
    purchase.receive((product, 4))
    (movement,) = shop.movements(product)
    assert (movement["type"], movement["quantity"], movement["incoming"]) == ("receipt", 4, -4)
    assert movement["reference"] == {"kind": "purchase_order", "id": purchase.id}


def test_cancelling_takes_back_what_was_on_its_way(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    one, two = (submitted(shop, warehouse, (product, 5)) for _ in range(2))
    assert two.receive((product, 2)).status == 200
    draft = a_purchase(shop, warehouse, (product, 5))

    told = [purchase.step("cancel").json["status"] for purchase in (one, two, draft)]

    assert told == ["cancelled", "closed", "cancelled"]
    assert _numbers(shop, product, warehouse) == (2, 0)
    assert all(each["intact"] for each in shop.reconciliation())


def test_more_than_was_ordered_is_not_received(shop: Shop) -> None:
    product, other, warehouse = shop.product(), shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 6), (other, 2))
    purchase.receive((product, 4))
    before = stock_of(shop.organization.id)

    reply = purchase.receive((other, 1), (product, 2), (product, 1))

    assert (reply.status, reply.json["code"]) == (409, "exceeds_remaining")
    assert reply.json["lines"] == [{"productId": product, "requested": 3, "remaining": 2}]
    assert stock_of(shop.organization.id) == before


def test_only_whole_units_of_its_own_lines_are_received(shop: Shop) -> None:
    product, other, warehouse = shop.product(), shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 6))
    before = stock_of(shop.organization.id)

    strange = purchase.receive((product, 1), (other, 1))
    half = purchase.receive((product, 0.5))
    nothing = purchase.step("receive", {"lines": []})

    assert [reply.status for reply in (strange, half, nothing)] == [422, 422, 422]
    assert strange.json["errors"][0]["pointer"] == "/lines/1/productId"
    assert stock_of(shop.organization.id) == before
    assert _numbers(shop, product, warehouse) == (0, 6)


def test_lines_of_one_product_are_one_line_if_they_cost_the_same(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    merged = a_purchase(shop, warehouse, (product, 2), (product, 3)).read()
    assert [(line["quantity"], line["total"]["amount"]) for line in merged["lines"]] == [(5, 1250)]

    body = purchase_body(shop, warehouse, (product, 2), (product, 3))
    body["lines"][1]["unitCost"] = {"amount": 1, "currency": "USD"}
    refused = shop.send("POST", PURCHASE_ORDERS, body)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/lines/1/unitCost")


def test_forty_five_products_go_through_every_step_and_one_more_does_not(shop: Shop) -> None:
    warehouse = shop.warehouse()
    products = [shop.product() for _ in range(46)]
    lines = [(product, 2) for product in products]
    refused = shop.send("POST", PURCHASE_ORDERS, purchase_body(shop, warehouse, *lines))
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/lines")

    purchase = a_purchase(shop, warehouse, *lines[:45])
    replies = [
        purchase.step("submit", headers={"Idempotency-Key": "submit"}),
        purchase.receive(*((product, 1) for product in products[:45]), headers={"Idempotency-Key": "receive"}),
        purchase.step("receive", headers={"Idempotency-Key": "rest"}),
    ]

    assert [(reply.status, reply.json["status"]) for reply in replies] == [
        (200, "submitted"),
        (200, "partially_received"),
        (200, "received"),
    ]
    assert {_numbers(shop, product, warehouse) for product in products[:45]} == {(2, 0)}
    cancelled = submitted(shop, warehouse, *lines[:45]).step("cancel", headers={"Idempotency-Key": "cancel"})
    assert cancelled.json["status"] == "cancelled"


def test_numbers_rise_and_are_unique_when_orders_are_made_at_the_same_time(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    first = a_purchase(shop, warehouse, (product, 1)).read()["number"]
    assert first == "PO-1001"

    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: a_purchase(shop, warehouse, (product, 1)).read()["number"], range(8)))

    assert len({first, *made}) == 9
    assert all(int(number.removeprefix("PO-")) > 1001 for number in made)
    later = a_purchase(shop, warehouse, (product, 1)).read()["number"]
    assert int(later.removeprefix("PO-")) > max(int(number.removeprefix("PO-")) for number in made)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"supplierId": "sup_01JD0000000000000000000000"}, "/supplierId"),
        ({"supplierId": "prd_01JD0000000000000000000000"}, "/supplierId"),
        ({"supplierId": ""}, "/supplierId"),
        ({"warehouseId": "whs_01JD0000000000000000000000"}, "/warehouseId"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"productId": _NOBODYS_PRODUCT, "quantity": 1}]}, "/lines/0/productId"),
        ({"line": {"quantity": 0}}, "/lines/0/quantity"),
        ({"line": {"quantity": 1.5}}, "/lines/0/quantity"),
        ({"line": {"unitCost": {"amount": 5, "currency": "EUR"}}}, "/lines/0/unitCost/currency"),
        ({"line": {"unitCost": {"amount": -5, "currency": "USD"}}}, "/lines/0/unitCost/amount"),
        ({"line": {"unitCost": None}}, "/lines/0/unitCost"),
        ({"line": {"unitCost": {"amount": 10**12, "currency": "USD"}, "quantity": 1001}}, "/lines"),
        ({"expectedAt": "tomorrow"}, "/expectedAt"),
        ({"status": "received"}, "/status"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_stands(shop: Shop, change: Json, pointer: str) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    body = purchase_body(shop, warehouse, (product, 1))
    line = {**body["lines"][0], **change.pop("line", {})}
    body = {**body, "lines": [{name: value for name, value in line.items() if value is not None}], **change}
    before = stock_of(shop.organization.id)

    reply = shop.send("POST", PURCHASE_ORDERS, body)

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, pointer)
    left = stock_of(shop.organization.id) - before
    assert not [name for name in left if not name.startswith("COUNTER")]


def test_kit_cannot_be_bought(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    kit = shop.product(components=[{"productId": product, "quantity": 2}])
    reply = shop.send("POST", PURCHASE_ORDERS, purchase_body(shop, warehouse, (kit, 1)))
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/lines/0/productId")


def test_draft_is_changed_by_a_merge_patch(shop: Shop) -> None:
    product, other, warehouse = shop.product(), shop.product(), shop.warehouse()
    purchase = a_purchase(shop, warehouse, (product, 2), notes="soon")
    elsewhere = shop.warehouse()

    lines = [{**line, "unitCost": COST} for line in lines_of((other, 3))]
    changed = purchase.change({"lines": lines, "notes": None, "reference": "Q-1", "warehouseId": elsewhere})

    assert changed.status == 200
    assert [(line["productId"], line["quantity"]) for line in changed.json["lines"]] == [(other, 3)]
    assert (changed.json["notes"], changed.json["reference"]) == (None, "Q-1")
    purchase.step("submit")
    assert (_numbers(shop, other, elsewhere), _numbers(shop, product, warehouse)) == ((0, 3), (0, 0))


def test_patch_that_changes_nothing_makes_no_version(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = a_purchase(shop, warehouse, (product, 2))
    order = purchase.read()
    same = {"lines": [{**lines_of((product, 2))[0], "unitCost": COST}], "supplierId": order["supplierId"]}
    assert purchase.change(same).json["version"] == 1


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"supplierId": "sup_01JD0000000000000000000000"}, "/supplierId"),
        ({"warehouseId": "whs_01JD0000000000000000000000"}, "/warehouseId"),
        ({"lines": [{"productId": _NOBODYS_PRODUCT, "quantity": 1}]}, "/lines/0/productId"),
        ({"lines": None}, ""),
        ({"supplierId": None}, ""),
    ],
)
def test_patch_that_makes_no_sense_changes_nothing(shop: Shop, patch: Json, pointer: str) -> None:
    purchase = a_purchase(shop, shop.warehouse(), (shop.product(), 2))
    before = stock_of(shop.organization.id)
    reply = purchase.change(patch)
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert stock_of(shop.organization.id) == before


def test_outdated_version_is_refused_where_the_client_asks_for_that(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = a_purchase(shop, warehouse, (product, 2))
    assert purchase.change({"notes": "soon"}).status == 200
    stale = {"If-Match": '"1"'}

    replies = [purchase.change({"notes": "late"}, headers=stale)]
    replies += [purchase.step(step, headers=stale) for step in ("submit", "receive", "cancel")]

    assert [reply.status for reply in replies] == [412] * 4
    assert purchase.step("submit", headers={"If-Match": '"2"'}).status == 200


_ENDS: dict[str, list[str]] = {
    "draft": [],
    "submitted": ["submit"],
    "received": ["submit", "receive"],
    "cancelled": ["cancel"],
}
_ALLOWED = {
    "draft": {"submit", "cancel", "patch"},
    "submitted": {"receive", "cancel"},
    "received": set[str](),
    "cancelled": set[str](),
}


@pytest.mark.parametrize("state", _ENDS)
@pytest.mark.parametrize("step", ["submit", "receive", "cancel", "patch"])
def test_step_that_does_not_fit_the_state_is_refused_and_leaves_nothing(shop: Shop, state: str, step: str) -> None:
    purchase = a_purchase(shop, shop.warehouse(), (shop.product(), 2))
    for each in _ENDS[state]:
        assert purchase.step(each).status == 200
    before = stock_of(shop.organization.id)

    reply = purchase.change({"notes": "late"}) if step == "patch" else purchase.step(step)

    if step in _ALLOWED[state]:
        assert reply.status == 200
    else:
        assert (reply.status, reply.json["code"], reply.json["currentStatus"]) == (409, "invalid_state", state)
        assert stock_of(shop.organization.id) == before


def test_two_receipts_at_the_same_time_are_never_more_than_was_ordered(shop: Shop) -> None:
    product, other, warehouse = shop.product(), shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 5), (other, 5))

    with ThreadPoolExecutor(4) as pool:
        parts = [pool.submit(purchase.receive, (product, 2), (other, 2)) for _ in range(4)]
        statuses = sorted(each.result().status for each in parts)

    assert statuses == [200, 200, 409, 409]
    assert [line["received"] for line in purchase.read()["lines"]] == [4, 4]
    assert _numbers(shop, product, warehouse) == (4, 1)
    assert all(each["intact"] for each in shop.reconciliation())


def test_receipt_and_cancellation_at_the_same_time_agree(shop: Shop) -> None:
    for _ in range(3):
        product, warehouse = shop.product(), shop.warehouse()
        purchase = submitted(shop, warehouse, (product, 5))

        with ThreadPoolExecutor(3) as pool:
            received = [pool.submit(purchase.receive, (product, 2)) for _ in range(2)]
            cancelled = pool.submit(purchase.step, "cancel")
            statuses = {each.result().status for each in (*received, cancelled)}

        assert statuses <= {200, 409}
        order = purchase.read()
        got = order["lines"][0]["received"]
        assert _numbers(shop, product, warehouse) == (got, 0)
        assert order["status"] == ("closed" if got else "cancelled")


def test_repeated_receipt_counts_once(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 5))
    replies = [purchase.receive((product, 2), headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert replies[0].json == replies[1].json
    assert _numbers(shop, product, warehouse) == (2, 3)


def test_list_is_filtered_by_state_supplier_number_and_time(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    one, two, three = (a_purchase(shop, warehouse, (product, 1)) for _ in range(3))
    changed = one.step("submit").json
    supplier = two.read()["supplierId"]

    def listed(**query: str) -> list[Any]:
        return [each["id"] for each in shop.send("GET", PURCHASE_ORDERS, query=query).json["items"]]

    assert listed() == [three.id, two.id, one.id]
    assert listed(status="draft") == [three.id, two.id]
    assert listed(status="submitted") == [one.id]
    assert listed(supplierId=supplier) == [two.id]
    assert listed(supplierId=supplier, status="submitted") == []
    assert listed(updatedSince=changed["updatedAt"]) == [one.id]
    assert listed(number=two.read()["number"]) == [two.id]
    assert listed(number=two.read()["number"], status="submitted") == []


def test_another_organizations_order_and_supplier_are_none_of_ours(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = a_purchase(shop, warehouse, (product, 1))
    other = Shop(an_organization())
    foreign = Purchase(other, purchase.id)
    assert {foreign.step(step).status for step in ("submit", "receive", "cancel")} == {404}
    body = purchase_body(other, other.warehouse(), (other.product(), 1), supplierId=purchase.read()["supplierId"])
    refused = other.send("POST", PURCHASE_ORDERS, body)
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/supplierId")


def test_supplier_of_an_open_order_is_not_deleted(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase = submitted(shop, warehouse, (product, 1))
    supplier = f"/v1/suppliers/{purchase.read()['supplierId']}"

    refused = shop.send("DELETE", supplier)
    assert (refused.status, refused.json["code"], refused.json["usedBy"]) == (409, "in_use", "purchase_orders")
    purchase.step("receive")
    assert shop.send("DELETE", supplier).status == 204


def test_draft_that_goes_to_another_supplier_sets_the_first_free(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()
    purchase, another = a_purchase(shop, warehouse, (product, 1)), a_purchase(shop, warehouse, (product, 1))
    first, second = purchase.read()["supplierId"], another.read()["supplierId"]
    assert purchase.change({"supplierId": second}).status == 200

    assert shop.send("DELETE", f"/v1/suppliers/{first}").status == 204
    assert another.step("cancel").status == 200
    assert shop.send("DELETE", f"/v1/suppliers/{second}").status == 409


def test_lots_and_serial_numbers_are_named_when_they_come_in(shop: Shop) -> None:
    lots, serials, warehouse = shop.product(tracking="lot"), shop.product(tracking="serial"), shop.warehouse()
    purchase = submitted(shop, warehouse, (lots, 5), (serials, 2))

    assert purchase.step("receive").status == 422
    named = [
        {"productId": lots, "quantity": 5, "lots": [{"lot": "L1", "quantity": 3}, {"lot": "L2", "quantity": 2}]},
        {"productId": serials, "quantity": 2, "serials": ["S1", "S2"]},
    ]
    received = purchase.step("receive", {"lines": named})

    assert (received.status, received.json["status"]) == (200, "received")
    (movement,) = shop.movements(lots)
    assert [(lot["lot"], lot["quantity"]) for lot in movement["lots"]] == [("L1", 3), ("L2", 2)]
    assert shop.movements(serials)[0]["serials"] == ["S1", "S2"]
