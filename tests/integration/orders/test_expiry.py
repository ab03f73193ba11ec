"""Reservations that end by themselves: once, in time, and never against a shipment."""

from datetime import timedelta
from functools import partial
from typing import Final

import pytest
from botocore.awsrequest import AWSResponse

from functions.schedules import expire_reservations as schedule
from nexstock.clock import to_rfc3339, utc_now
from nexstock.orders.expiry import expire_reservations
from tests.support.api import Reply
from tests.support.containers import at_once
from tests.support.crashes import crash_points
from tests.support.events import Context, Json
from tests.support.logs import logged
from tests.support.orders import ended_a_moment_ago, order_body, ordered, part, read, step
from tests.support.people import an_organization
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop
from tests.support.table_faults import Request, error_answer, instead_of, items_of

_HOUR: Final = timedelta(hours=1)


@pytest.fixture
def shop() -> Shop:
    # What other tests left to end would be counted here.
    expire_reservations(utc_now() + timedelta(days=365))
    return a_shop()


def _shipped(shop: Shop, order: Json, replies: list[Reply]) -> int:
    replies.append(step(shop, order, "fulfil"))
    return len(replies)


def _reserved(shop: Shop, product: str, warehouse: str, quantity: float = 2) -> Json:
    until = to_rfc3339(utc_now() + _HOUR)
    return ordered(shop, product, warehouse, quantity, confirm=True, reservedUntil=until)


def test_an_order_is_cancelled_when_its_reservation_ends_and_not_before(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = _reserved(shop, product, warehouse)

    assert expire_reservations(utc_now()) == 0
    assert read(shop, order) == order
    assert expire_reservations(utc_now() + _HOUR) == 1
    cancelled = read(shop, order)
    assert (cancelled["status"], cancelled["cancelReason"]) == ("cancelled", "reservation_expired")
    assert cancelled["reservedUntil"] is None
    assert shop.level(product, warehouse)["available"] == 5
    assert expire_reservations(utc_now() + _HOUR) == 0


def test_a_draft_may_be_confirmed_for_a_time(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    order = ordered(shop, product, warehouse)

    confirmed = step(shop, order, "confirm", {"reservedUntil": to_rfc3339(utc_now() + _HOUR)})

    assert (confirmed.status, confirmed.json["status"]) == (200, "confirmed")
    assert expire_reservations(utc_now() + _HOUR) == 1
    assert read(shop, order)["status"] == "cancelled"


@pytest.mark.parametrize("name", ["fulfil", "cancel"])
def test_what_was_shipped_or_cancelled_does_not_end(shop: Shop, name: str) -> None:
    product, warehouse = shop.stocked(5)
    order = _reserved(shop, product, warehouse)
    after = step(shop, order, name, part(product, 1) if name == "fulfil" else None).json

    assert expire_reservations(utc_now() + _HOUR) == 0
    assert read(shop, order) == after


def test_the_schedule_ends_what_is_due_of_every_organization() -> None:
    shops = [a_shop(), Shop(an_organization())]
    orders = [ended_a_moment_ago(shop.organization, order_body(*shop.stocked(5))) for shop in shops]

    schedule.handler({}, Context())  # type: ignore[arg-type]

    assert [read(shop, {"id": order.id})["status"] for shop, order in zip(shops, orders, strict=True)] == [
        "cancelled",
        "cancelled",
    ]


def test_an_order_that_cannot_be_cancelled_holds_up_no_other(shop: Shop) -> None:
    places = [shop.stocked(5) for _ in range(3)]
    orders = [_reserved(shop, *place) for place in places]

    def refuse_first(request: Request) -> AWSResponse | None:
        keys = [put["Put"]["Item"]["SK"]["S"] for put in items_of(request) if "Put" in put]
        return error_answer(request, "AccessDeniedException") if orders[0]["id"] in keys else None

    with instead_of("TransactWriteItems", refuse_first), logged() as log:
        assert expire_reservations(utc_now() + _HOUR) == 2
    assert "reservation not ended" in log.text
    assert [read(shop, order)["status"] for order in orders] == ["confirmed", "cancelled", "cancelled"]
    assert expire_reservations(utc_now() + _HOUR) == 1


def test_a_shipment_and_the_end_at_once_leave_one_of_them(shop: Shop) -> None:
    for _ in range(5):
        product, warehouse = shop.stocked(5)
        order = _reserved(shop, product, warehouse)

        replies: list[Reply] = []

        at_once(
            [
                partial(_shipped, shop, order, replies),
                partial(expire_reservations, utc_now() + _HOUR),
            ]
        )

        after, level = read(shop, order), shop.level(product, warehouse)
        if replies[0].status == 200:
            assert (after["status"], level["onHand"], level["reserved"]) == ("fulfilled", 3, 0)
        else:
            assert (after["status"], level["onHand"], level["reserved"]) == ("cancelled", 5, 0)


def test_a_run_that_crashed_is_made_up_for_by_the_next_and_nothing_is_released_twice(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)
    for point in crash_points():
        order = _reserved(shop, product, warehouse)
        later = utc_now() + _HOUR
        with point:
            expire_reservations(later)
        expire_reservations(later)
        assert read(shop, order)["status"] == "cancelled", point
        level = shop.level(product, warehouse)
        assert (level["onHand"], level["reserved"]) == (5, 0), point
    assert [row["intact"] for row in shop.reconciliation()] == [True]


def test_nothing_is_left_of_a_reservation_that_ended(shop: Shop) -> None:
    _reserved(shop, *shop.stocked(5))
    assert stock_of(shop.organization.id)["ORDER_EXPIRY "] == 1
    expire_reservations(utc_now() + _HOUR)
    assert stock_of(shop.organization.id)["ORDER_EXPIRY "] == 0
