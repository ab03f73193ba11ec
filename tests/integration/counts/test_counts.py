"""Counts: what was found is compared with the level of that moment, and the difference is posted once."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.counting import COUNTS, Counting, a_count, many_products, work_on
from tests.support.events import Json
from tests.support.journeys.world import sent_messages
from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

_NOBODYS = "prd_01JD0000000000000000000000"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _posted(count: Counting) -> Json:
    """Post a sheet and work through all that is queued for it."""
    with sent_messages() as messages:
        assert count.step("post").status == 200
        while messages:
            assert work_on(messages.pop()) == {"batchItemFailures": []}
    return count.read()


def _on_hand(shop: Shop, product: str, warehouse: str) -> float:
    return float(shop.level(product, warehouse)["onHand"])


def test_sheet_shows_what_was_counted_beside_what_the_level_said(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse, name="Autumn")

    recorded = count.record_lines(
        [{"productId": product, "counted": 8, "note": "two broken"}, {"productId": other, "counted": 0}]
    )

    assert recorded.status == 200
    assert (recorded.json["status"], recorded.json["name"]) == ("open", "Autumn")
    assert recorded.json["progress"] == {"expected": None, "counted": 2, "differing": 1, "posted": 0, "refused": 0}
    line = count.lines()[product]
    assert (line["counted"], line["expected"], line["difference"], line["levelVersion"]) == (8, 10, -2, 1)
    assert (line["note"], line["status"], line["refusal"]) == ("two broken", "counted", None)
    assert _on_hand(shop, product, warehouse) == 10


def test_posting_moves_stock_by_the_differences(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse)
    count.record({product: 8, other: 3})

    posted = _posted(count)

    assert posted["status"] == "posted"
    assert posted["progress"] == {"expected": None, "counted": 2, "differing": 2, "posted": 2, "refused": 0}
    assert (_on_hand(shop, product, warehouse), _on_hand(shop, other, warehouse)) == (8, 3)
    movement = shop.movements(product)[0]
    assert (movement["type"], movement["quantity"]) == ("count", -2)
    assert movement["reference"] == {"kind": "count", "id": count.id}


def test_what_moved_between_counting_and_posting_stays_moved(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 9})
    shop.adjust(product, warehouse, -4)
    shop.adjust(product, warehouse, 7)

    _posted(count)

    assert _on_hand(shop, product, warehouse) == 12
    assert all(each["intact"] for each in shop.reconciliation())


def test_product_that_is_counted_again_is_compared_anew(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 9})
    shop.adjust(product, warehouse, -4)

    again = count.record({product: 6})

    assert again.json["progress"]["counted"] == 1
    assert again.json["progress"]["differing"] == 0
    assert _posted(count)["status"] == "posted"
    assert _on_hand(shop, product, warehouse) == 6


def test_difference_that_takes_more_than_is_available_is_refused_and_the_others_are_posted(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse)
    count.record({product: 2, other: 5})
    shop.adjust(product, warehouse, -5)

    posted = _posted(count)

    assert posted["status"] == "open"
    assert posted["progress"] == {"expected": None, "counted": 2, "differing": 2, "posted": 1, "refused": 1}
    lines = count.lines()
    assert (lines[product]["status"], lines[product]["refusal"]) == ("refused", "insufficient_stock")
    assert (lines[other]["status"], _on_hand(shop, product, warehouse)) == ("posted", 5)


def test_refused_line_is_posted_once_the_stock_is_there_and_the_others_are_not_posted_again(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse)
    count.record({product: 2, other: 5})
    shop.adjust(product, warehouse, -5)
    _posted(count)
    shop.adjust(product, warehouse, 5)

    posted = _posted(count)

    assert posted["status"] == "posted"
    assert posted["progress"] == {"expected": None, "counted": 2, "differing": 2, "posted": 2, "refused": 0}
    assert (_on_hand(shop, product, warehouse), _on_hand(shop, other, warehouse)) == (2, 5)


def test_refused_line_can_be_counted_again_and_a_posted_one_cannot(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse)
    count.record({product: 2, other: 5})
    shop.adjust(product, warehouse, -5)
    _posted(count)

    refused = count.record({other: 6})
    counted = count.record({product: 4})

    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/lines/0/productId")
    assert counted.json["progress"]["refused"] == 0
    assert _posted(count)["status"] == "posted"
    assert _on_hand(shop, product, warehouse) == 4


def test_line_of_a_product_that_was_deleted_is_refused(shop: Shop) -> None:
    warehouse, gone, kept = shop.warehouse(), shop.product(), shop.product()
    count = a_count(shop, warehouse)
    count.record({gone: 2, kept: 3})
    assert shop.send("DELETE", f"/v1/products/{gone}").status == 204

    posted = _posted(count)

    assert posted["progress"]["refused"] == 1
    assert count.lines()[gone]["refusal"] == "deleted"
    assert _on_hand(shop, kept, warehouse) == 3


@pytest.mark.parametrize("change", [{"tracking": "lot"}, {"components": "other"}])
def test_line_of_a_product_that_is_kept_in_another_way_by_now_is_refused(shop: Shop, change: Json) -> None:
    warehouse, one, kept = shop.warehouse(), shop.product(), shop.product()
    count = a_count(shop, warehouse)
    count.record({one: 2, kept: 3})
    body = {
        name: [{"productId": shop.product(), "quantity": 1}] if value == "other" else value
        for name, value in change.items()
    }
    assert shop.send("PATCH", f"/v1/products/{one}", body).status == 200

    posted = _posted(count)

    assert posted["progress"]["refused"] == 1
    assert count.lines()[one]["refusal"] == "kept_otherwise"
    assert _on_hand(shop, kept, warehouse) == 3


def test_sheet_of_hundreds_of_lines_is_posted_in_slices_each_line_once(shop: Shop) -> None:
    warehouse, products = shop.warehouse(), many_products(shop.organization, 200)
    count = a_count(shop, warehouse)
    count.record({product: place % 5 for place, product in enumerate(products)})

    with sent_messages() as messages:
        first = count.step("post")
    assert first.json["status"] == "posting"
    assert first.json["progress"]["posted"] == 30
    assert messages == [count.message()]
    queued = list(messages)
    rounds = 0
    while queued:
        with sent_messages() as messages:
            assert work_on(queued.pop()) == {"batchItemFailures": []}
        queued += messages
        rounds += 1

    assert rounds == 2
    assert count.read()["progress"] == {"expected": None, "counted": 200, "differing": 160, "posted": 200, "refused": 0}
    assert {line["status"] for line in count.lines().values()} == {"posted"}
    for place, product in enumerate(products[::40]):
        assert [each["quantity"] for each in shop.movements(product)] == [(place * 40) % 5]


def test_message_that_comes_twice_or_too_early_changes_nothing(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 9})
    before = stock_of(shop.organization.id)
    assert work_on(count.message()) == {"batchItemFailures": []}
    assert stock_of(shop.organization.id) == before
    _posted(count)
    before = stock_of(shop.organization.id)
    assert work_on(count.message()) == {"batchItemFailures": []}
    assert work_on({**count.message(), "countId": "cnt_01JD0000000000000000000000"}) == {"batchItemFailures": []}
    assert stock_of(shop.organization.id) == before


def test_two_who_post_at_once_post_each_line_once(shop: Shop) -> None:
    warehouse, products = shop.warehouse(), many_products(shop.organization, 70)
    count = a_count(shop, warehouse)
    count.record(dict.fromkeys(products, 2))

    with ThreadPoolExecutor(4) as pool:
        statuses = [each.result().status for each in [pool.submit(count.step, "post") for _ in range(4)]]

    assert set(statuses) <= {200, 409}
    assert work_on(count.message()) == {"batchItemFailures": []}
    assert count.read()["progress"]["posted"] == 70
    levels = shop.send("GET", "/v1/stock", query={"warehouseId": warehouse, "limit": "100"}).json["items"]
    assert {(level["onHand"], level["version"]) for level in levels} == {(2, 1)}


def test_people_who_count_at_the_same_time_lose_nothing(shop: Shop) -> None:
    warehouse, products = shop.warehouse(), many_products(shop.organization, 30)
    count = a_count(shop, warehouse)

    with ThreadPoolExecutor(3) as pool:
        parts = [dict.fromkeys(products[first::3], 1) for first in range(3)]
        assert {reply.status for reply in pool.map(count.record, parts)} == {200}

    assert count.read()["progress"]["counted"] == len(count.lines()) == 30


def test_sheet_of_some_products_takes_no_others(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    other = shop.product()
    count = a_count(shop, warehouse, productIds=[product, product])

    assert count.read()["productIds"] == [product]
    assert count.read()["progress"]["expected"] == 1
    assert count.record({product: 9}).status == 200
    assert count.record({other: 9}).status == 422


def test_sheet_of_a_category_takes_no_others(shop: Shop) -> None:
    screw, nail, warehouse = shop.product(category="screws"), shop.product(category="nails"), shop.warehouse()
    count = a_count(shop, warehouse, category="screws")

    assert count.record({screw: 9}).status == 200
    assert count.record({nail: 9}).status == 422


@pytest.mark.parametrize("tracking", ["lot", "serial"])
def test_number_says_too_little_of_what_is_kept_by_its_units(shop: Shop, tracking: str) -> None:
    count = a_count(shop, shop.warehouse())
    reply = count.record({shop.product(tracking=tracking): 2})
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/lines/0/productId")


def test_kit_is_not_counted(shop: Shop) -> None:
    count = a_count(shop, shop.warehouse())
    kit = shop.product(components=[{"productId": shop.product(), "quantity": 2}])
    assert count.record({kit: 2}).status == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"warehouseId": "whs_01JD0000000000000000000000"}, "/warehouseId"),
        ({"warehouseId": ""}, "/warehouseId"),
        ({}, "/warehouseId"),
        ({"category": "a", "productIds": [_NOBODYS]}, ""),
        ({"productIds": []}, "/productIds"),
        ({"name": ""}, "/name"),
    ],
)
def test_sheet_that_makes_no_sense_is_refused(shop: Shop, body: Json, pointer: str) -> None:
    warehouse = {"warehouseId": shop.warehouse()} if body and "warehouseId" not in body else {}
    before = stock_of(shop.organization.id)

    reply = shop.send("POST", COUNTS, {**warehouse, **body})

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert stock_of(shop.organization.id) == before


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"productId": _NOBODYS}, "/lines/1/productId"),
        ({"productId": ""}, "/lines/1/productId"),
        ({"counted": -1}, "/lines/1/counted"),
        ({"counted": 1.5}, "/lines/1/counted"),
        ({"productId": "THE SAME"}, "/lines/1/productId"),
    ],
)
def test_one_line_that_makes_no_sense_refuses_them_all(shop: Shop, change: Json, pointer: str) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    before = stock_of(shop.organization.id)
    line: Json = {"productId": shop.product(), "counted": 1, **change}
    if line["productId"] == "THE SAME":
        line["productId"] = product
    before = stock_of(shop.organization.id)

    reply = count.record_lines([{"productId": product, "counted": 9}, line])

    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, pointer)
    assert stock_of(shop.organization.id) == before


def test_request_holds_ninety_lines_and_not_one_more(shop: Shop) -> None:
    warehouse, products = shop.warehouse(), many_products(shop.organization, 91)
    count = a_count(shop, warehouse)
    lines = [{"productId": product, "counted": 1} for product in products]

    assert count.record_lines(lines).status == 422
    assert count.record_lines(lines[:90], headers={"Idempotency-Key": "ninety"}).status == 200
    assert count.record_lines(lines[:90]).json["progress"]["counted"] == 90


def test_line_on_an_outdated_sheet_is_refused_where_the_client_asks_for_that(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    lines = [{"productId": product, "counted": 9}]
    assert count.record_lines(lines, headers={"If-Match": '"1"'}).status == 200
    assert count.record_lines(lines, headers={"If-Match": '"1"'}).status == 412


@pytest.mark.parametrize("end", ["posted", "cancelled"])
def test_sheet_that_is_over_takes_no_step(shop: Shop, end: str) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 9})
    assert count.step("post" if end == "posted" else "cancel").json["status"] == end
    before = stock_of(shop.organization.id)

    replies = [count.step("post"), count.step("cancel"), count.record({product: 8})]

    told = [(reply.status, reply.json["code"], reply.json["currentStatus"]) for reply in replies]
    assert told == [(409, "invalid_state", end)] * 3
    assert stock_of(shop.organization.id) == before


def test_cancelled_sheet_moves_nothing(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 9})
    assert count.step("cancel").status == 200
    assert _on_hand(shop, product, warehouse) == 10


def test_sheet_that_is_being_posted_takes_no_lines_and_is_not_cancelled(shop: Shop) -> None:
    warehouse, products = shop.warehouse(), many_products(shop.organization, 31)
    count = a_count(shop, warehouse)
    count.record(dict.fromkeys(products, 1))
    assert count.step("post").json["status"] == "posting"

    assert count.record({products[0]: 2}).json["currentStatus"] == "posting"
    assert count.step("cancel").json["currentStatus"] == "posting"
    assert count.step("post").json["status"] == "posted"


def test_list_is_filtered_by_state_and_warehouse(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    one, two = a_count(shop, warehouse), a_count(shop, warehouse)
    three = a_count(shop, shop.warehouse())
    one.record({product: 9})
    one.step("post")

    def listed(**query: str) -> list[Any]:
        return [each["id"] for each in shop.send("GET", COUNTS, query=query).json["items"]]

    assert listed() == [three.id, two.id, one.id]
    assert listed(status="open") == [three.id, two.id]
    assert listed(warehouseId=warehouse) == [two.id, one.id]
    assert listed(warehouseId=warehouse, status="posted") == [one.id]


def test_another_organizations_sheet_is_none_of_ours(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    other = Counting(Shop(an_organization()), count.id)
    assert {other.step("post").status, other.step("cancel").status, other.record({product: 1}).status} == {404}
    assert other.shop.send("GET", f"{COUNTS}/{count.id}/lines").status == 404
