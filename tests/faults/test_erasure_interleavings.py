"""An erasure and another request at the same moment, in whichever order their calls of the table come."""

from collections.abc import Callable
from typing import Final

import pytest

from tests.support.api import Reply
from tests.support.erasure_requests import PATH, erase
from tests.support.interleavings import Schedule, play, some_schedules
from tests.support.orders import ORDERS, a_customer, order_body
from tests.support.stock_keeping import Shop, a_shop

pytestmark = pytest.mark.usefixtures("platform")

_SCHEDULES: Final = list(some_schedules(5, seed=6))


@pytest.fixture(scope="module")
def shop(platform: str) -> Shop:
    assert platform
    return a_shop()


def _both(shop: Shop, customer_id: str, other: Callable[[], Reply], schedule: Schedule) -> tuple[Reply, Reply]:
    erasure, rival = play([lambda: erase(shop.organization, customer_id), other], schedule)
    return erasure, rival


@pytest.mark.parametrize("schedule", _SCHEDULES)
def test_a_customer_is_erased_or_has_a_new_order_and_never_both(schedule: Schedule, shop: Shop) -> None:
    body = order_body(shop.product(), shop.warehouse(), customerId=(customer_id := a_customer(shop.organization)))

    erasure, order = _both(shop, customer_id, lambda: shop.send("POST", ORDERS, body), schedule)

    assert (erasure.status, order.status) in {(200, 422), (409, 201)}, schedule


@pytest.mark.parametrize("schedule", _SCHEDULES)
def test_a_change_of_an_erased_customer_comes_before_or_is_refused(schedule: Schedule, shop: Shop) -> None:
    customer_id = a_customer(shop.organization)
    path = f"{PATH}/{customer_id}"

    erasure, change = _both(shop, customer_id, lambda: shop.send("PATCH", path, {"name": "Canary"}), schedule)

    shown = shop.send("GET", path).json
    assert (erasure.status, shown["name"]) == (200, None), schedule
    assert (change.status, shown["version"]) in {(200, 3), (409, 2)}, schedule


@pytest.mark.parametrize("schedule", _SCHEDULES)
def test_two_erasures_at_once_are_one_with_one_receipt(schedule: Schedule, shop: Shop) -> None:
    customer_id = a_customer(shop.organization)

    first, second = _both(shop, customer_id, lambda: erase(shop.organization, customer_id), schedule)

    assert (first.status, first.json) == (second.status, second.json) == (200, first.json), schedule
    assert shop.send("GET", f"{PATH}/{customer_id}").json["version"] == 2
