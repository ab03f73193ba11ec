"""Lists of orders: every filter, alone and with others, each order once."""

from itertools import product as every

import pytest

from tests.support.events import Json
from tests.support.orders import ORDERS, a_customer, ordered, step
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _pages(shop: Shop, limit: int = 2, **query: str) -> list[Json]:
    found: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = shop.send("GET", ORDERS, query={"limit": str(limit), **query, **cursor})
        assert page.status == 200, page.text
        found += page.json["items"]
        if page.json["next"] is None:
            return found
        cursor = {"cursor": page.json["next"]}


def _orders(shop: Shop) -> list[Json]:
    """Make drafts, confirmed and cancelled orders of two customers and of none, and return them as they are."""
    product, warehouse = shop.stocked(100)
    customers: list[Json] = [
        {"customerId": a_customer(shop.organization)},
        {"customerId": a_customer(shop.organization)},
        {},
    ]
    made = [ordered(shop, product, warehouse, **fields) for fields in [*customers, *customers, *customers]]
    for order in made[3:]:
        step(shop, order, "confirm")
    for order in made[6:]:
        step(shop, order, "cancel")
    return [shop.send("GET", f"{ORDERS}/{order['id']}").json for order in made]


def test_filters_combine_and_every_order_is_listed_once(shop: Shop) -> None:
    made = _orders(shop)
    statuses = [None, "draft", "confirmed", "cancelled", "closed"]
    customers = [None, made[0]["customerId"], made[1]["customerId"], "cus_01JD0000000000000000000000"]
    since = [None, sorted(order["updatedAt"] for order in made)[4]]
    for status, customer, at in every(statuses, customers, since):
        query = {"status": status, "customerId": customer, "updatedSince": at}
        expected = {
            order["id"]
            for order in made
            if status in {None, order["status"]}
            and customer in {None, order["customerId"]}
            and (at is None or order["updatedAt"] >= at)
        }
        listed = [order["id"] for order in _pages(shop, **{name: text for name, text in query.items() if text})]
        assert sorted(listed) == sorted(expected), query


def test_lists_are_newest_first_and_show_orders_as_they_are(shop: Shop) -> None:
    made = _orders(shop)
    assert _pages(shop) == made[::-1]
    assert _pages(shop, status="confirmed") == made[5:2:-1]
    changes = [order["updatedAt"] for order in _pages(shop, updatedSince="2020-01-01T00:00:00Z")]
    assert changes == sorted(changes, reverse=True)


def test_an_order_is_found_by_its_number(shop: Shop) -> None:
    made = _orders(shop)
    number = made[2]["number"]
    assert _pages(shop, number=number) == [made[2]]
    assert _pages(shop, number=number, status="draft") == [made[2]]
    assert _pages(shop, number=number, status="cancelled") == []
    assert _pages(shop, number="SO-9999999") == []


@pytest.mark.parametrize("query", [{"status": "lost"}, {"updatedSince": "yesterday"}, {"numbr": "SO-1001"}])
def test_a_filter_that_makes_no_sense_is_refused(shop: Shop, query: dict[str, str]) -> None:
    assert shop.send("GET", ORDERS, query=query).status == 422


def test_a_cursor_is_good_for_its_own_filters_only(shop: Shop) -> None:
    _orders(shop)
    cursor = shop.send("GET", ORDERS, query={"limit": "1", "status": "draft"}).json["next"]
    assert shop.send("GET", ORDERS, query={"status": "draft", "cursor": cursor}).status == 200
    assert shop.send("GET", ORDERS, query={"status": "confirmed", "cursor": cursor}).status == 400


def test_orders_are_found_by_their_reference(shop: Shop) -> None:
    place = shop.stocked(5)
    one, two = (ordered(shop, *place, reference="web#17") for _ in range(2))
    ordered(shop, *place, reference="web")
    assert _pages(shop, 1, reference="web#17") == [two, one]
    shop.send("PATCH", f"{ORDERS}/{one['id']}", {"reference": "web-18"})
    assert _pages(shop, reference="web#17") == [two]
    assert [order["id"] for order in _pages(shop, reference="web-18", status="draft")] == [one["id"]]
    assert _pages(shop, reference="web-18", status="cancelled") == []
