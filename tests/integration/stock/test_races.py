"""Many at once: nothing is taken twice, and what is true at the end is what was answered."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.stock_keeping import Shop, a_shop, total


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def test_the_last_units_are_taken_once(shop: Shop) -> None:
    product, warehouse = shop.stocked(5)

    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(lambda _: shop.adjust(product, warehouse, -1), range(12)))

    taken = [reply for reply in replies if reply.status == 201]
    refused = [reply for reply in replies if reply.status == 409]
    assert len(taken) == 5
    assert {reply.json["code"] for reply in refused} <= {"insufficient_stock"}
    assert len(taken) + len(refused) == 12
    level = shop.level(product, warehouse)
    assert (level["onHand"], level["version"]) == (0, 6)
    assert total(shop.movements(product)) == 0
    assert [row["intact"] for row in shop.reconciliation()] == [True]


def test_first_movements_of_one_level_at_once_make_one_level(shop: Shop) -> None:
    product, warehouse = shop.product(), shop.warehouse()

    with ThreadPoolExecutor(6) as threads:
        replies = list(threads.map(lambda number: shop.adjust(product, warehouse, number), range(1, 7)))

    assert [reply.status for reply in replies] == [201] * 6
    assert sorted(reply.json["sequence"] for reply in replies) == [1, 2, 3, 4, 5, 6]
    assert shop.level(product, warehouse)["onHand"] == 21
