"""A crash before or after any call of a transfer, a count or a purchase order: nothing lost, nothing twice."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from functions.queues import continue_count
from tests.support.api import Reply
from tests.support.counting import Counting, a_count, event_of, many_products, work_on
from tests.support.crashes import crash_points
from tests.support.depth import sampled
from tests.support.events import Context
from tests.support.purchasing import PURCHASE_ORDERS, a_purchase, purchase_body, submitted
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

pytestmark = pytest.mark.usefixtures("platform")

_TRANSFERS: Final = "/v1/stock/transfers"

Send = Callable[[], Reply]


def _request(shop: Shop, path: str, body: Any = None) -> Send:  # noqa: ANN401 (any JSON value)
    """Return a request with one idempotency key however often it is sent."""
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    return lambda: shop.send("POST", path, body, headers=headers)


def _transfer(shop: Shop, *, in_transit: bool) -> dict[str, Any]:
    product, source = shop.stocked(10)
    ends = {"fromWarehouseId": source, "toWarehouseId": shop.warehouse()}
    return {"productId": product, "quantity": 4, "inTransit": in_transit, **ends}


def _in_transit(shop: Shop) -> str:
    return str(shop.send("POST", _TRANSFERS, _transfer(shop, in_transit=True)).json["id"])


def _posted(shop: Shop) -> Send:
    product, warehouse = shop.stocked(10)
    count = a_count(shop, warehouse)
    count.record({product: 7, shop.product(): 2})
    return _request(shop, f"/v1/stock/counts/{count.id}/post")


def _ordered(shop: Shop) -> Send:
    return _request(shop, PURCHASE_ORDERS, purchase_body(shop, shop.warehouse(), (shop.product(), 5)))


def _step(shop: Shop, step: str) -> Send:
    make = a_purchase if step == "submit" else submitted
    purchase = make(shop, shop.warehouse(), (shop.product(), 5), (shop.product(), 2))
    return _request(shop, f"{PURCHASE_ORDERS}/{purchase.id}/{step}")


_WRITES: Final[dict[str, Callable[[Shop], Send]]] = {
    "transfer at once": lambda shop: _request(shop, _TRANSFERS, _transfer(shop, in_transit=False)),
    "transfer in transit": lambda shop: _request(shop, _TRANSFERS, _transfer(shop, in_transit=True)),
    "receive a transfer": lambda shop: _request(shop, f"{_TRANSFERS}/{_in_transit(shop)}/receive"),
    "cancel a transfer": lambda shop: _request(shop, f"{_TRANSFERS}/{_in_transit(shop)}/cancel"),
    "post a count": _posted,
    "create a purchase order": _ordered,
    "submit a purchase order": lambda shop: _step(shop, "submit"),
    "receive a purchase order": lambda shop: _step(shop, "receive"),
    "cancel a purchase order": lambda shop: _step(shop, "cancel"),
}


def _kept(shop: Shop) -> dict[str, int]:
    # A number that was taken and not used leaves a gap; its counter has no version.
    return {name: number for name, number in stock_of(shop.organization.id).items() if not name.startswith("COUNTER")}


_KEPT: Final = frozenset({"receive a purchase order"})
"""The longest way."""


@pytest.mark.parametrize("name", sampled(_WRITES, kept=_KEPT))
def test_a_step_that_crashed_is_whole_or_nothing_and_once_when_repeated(name: str) -> None:
    undisturbed = a_shop()
    send = _WRITES[name](undisturbed)
    nothing = _kept(undisturbed)
    answer = send()
    assert answer.status in {200, 201}, answer.text
    whole = _kept(undisturbed)
    levels = _levels(undisturbed)
    crashes = 0
    for point in crash_points():
        shop = a_shop()
        send = _WRITES[name](shop)
        with point:
            send()
        crashes += point.happened
        assert _kept(shop) in (nothing, whole), point
        assert send().status == answer.status, point
        assert _kept(shop) == whole, point
        assert _levels(shop) == levels, point
        assert all(each["intact"] for each in shop.reconciliation()), point
    assert crashes >= 8


def _levels(shop: Shop) -> list[tuple[float, float, int]]:
    found = shop.send("GET", "/v1/stock", query={"limit": "100"}).json["items"]
    return sorted((level["onHand"], level["incoming"], level["version"]) for level in found)


def _begun(lines: int) -> Counting:
    """Return a sheet of which the first slice is posted."""
    shop = a_shop()
    count = a_count(shop, shop.warehouse())
    count.record(dict.fromkeys(many_products(shop.organization, lines), 2))
    assert count.step("post").json["status"] == "posting"
    return count


@pytest.mark.thorough
def test_a_count_whose_posting_crashed_anywhere_is_posted_to_its_end_each_line_once() -> None:
    lines, crashes = 62, 0
    for point in crash_points():
        count = _begun(lines)
        event = event_of(count.message())
        with point:
            continue_count.handler(event, Context())  # type: ignore[arg-type]
        crashes += point.happened
        left = count.read()
        assert left["progress"]["posted"] == len([each for each in _levels(count.shop) if each == (2, 0, 1)]), point
        assert work_on(count.message()) == {"batchItemFailures": []}
        posted = count.read()
        assert (posted["status"], posted["progress"]["posted"]) == ("posted", lines), point
        assert _levels(count.shop) == [(2, 0, 1)] * lines, point
    # Two slices: sheet, lines, levels and the transaction, before and after each.
    assert crashes >= 16


def test_a_message_that_comes_twice_at_once_posts_each_line_once() -> None:
    count = _begun(62)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work_on, [count.message()] * 2)) == [{"batchItemFailures": []}] * 2
    assert count.read()["status"] == "posted"
    assert _levels(count.shop) == [(2, 0, 1)] * 62
