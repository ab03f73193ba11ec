"""Many at once: nothing is taken twice, and what is true at the end is what was answered."""

from collections.abc import Sequence

import pytest

from tests.support.api import Reply
from tests.support.containers import authorized, replies_at_once
from tests.support.stock_keeping import Shop, a_shop, total


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def adjusted_at_once(shop: Shop, place: tuple[str, str], quantities: Sequence[int], **fields: object) -> list[Reply]:
    """Move one level by several requests at the same moment, each in a container of its own."""
    token, path = shop.organization.member.token, "/v1/stock/adjustments"
    body = {"productId": place[0], "warehouseId": place[1], "reason": "found", **fields}
    events = [authorized(token, "POST", path, body={**body, "quantity": quantity}) for quantity in quantities]
    return replies_at_once("functions.stock.adjust_stock", events)


def test_the_last_units_are_taken_once(shop: Shop) -> None:
    place = shop.stocked(5)

    replies = adjusted_at_once(shop, place, [-1] * 9)

    assert sorted(reply.status for reply in replies) == [201] * 5 + [409] * 4
    assert {reply.json["code"] for reply in replies if reply.status == 409} == {"insufficient_stock"}
    level = shop.level(*place)
    assert (level["onHand"], level["version"]) == (0, 6)
    assert total(shop.movements(place[0])) == 0
    assert [row["intact"] for row in shop.reconciliation()] == [True]


def test_first_movements_of_one_level_at_once_make_one_level(shop: Shop) -> None:
    place = shop.product(), shop.warehouse()

    replies = adjusted_at_once(shop, place, range(1, 7))

    assert [reply.status for reply in replies] == [201] * 6
    assert sorted(reply.json["sequence"] for reply in replies) == [1, 2, 3, 4, 5, 6]
    assert shop.level(*place)["onHand"] == 21


def test_one_unit_goes_out_once_whoever_asks_at_once(shop: Shop) -> None:
    place = shop.product(tracking="serial"), shop.warehouse()
    shop.adjust(*place, 4, serials=["1", "2", "3", "4"])

    replies = adjusted_at_once(shop, place, [-1] * 5, serials=["1"])

    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409, 409]
    assert shop.level(*place)["onHand"] == 3
