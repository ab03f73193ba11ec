"""Reconciliation: levels beside the sums of their movements, however many there are, and what happens to a drift."""

import pytest

from nexstock.stock.reconciliation import Reconciler
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository
from tests.support.api import call
from tests.support.stock_keeping import Shop, a_shop
from tests.support.tampering import remove, set_number


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _repair(shop: Shop, product: str, warehouse: str, *, by: str = "owner") -> int:
    body = {"productId": product, "warehouseId": warehouse, "note": "seen at the stocktaking"}
    token = shop.organization.credentials[by]
    return call("POST", "/v1/stock/reconciliation/repairs", token=token, body=body).status


def test_levels_are_what_their_movements_say(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    shop.adjust(product, warehouse, -4)

    (row,) = shop.reconciliation()

    assert row["level"] == row["sums"] == {"onHand": 6, "reserved": 0, "incoming": 0}
    assert row["drift"] == {"onHand": 0, "reserved": 0, "incoming": 0}
    assert row["movements"] == {"first": 1, "last": 2, "count": 2, "missing": 0}
    assert row["intact"] is True


def test_a_level_that_was_altered_is_reported_and_repaired_by_an_owner(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    set_number(shop.organization.id, "STOCK_LEVEL", f"{product}#{warehouse}", "onHand", 13)

    (row,) = shop.reconciliation()
    assert (row["intact"], row["drift"]["onHand"]) == (False, 3)

    assert [_repair(shop, product, warehouse, by=role) for role in ("admin", "member", "owner")] == [403, 403, 201]

    (row,) = shop.reconciliation()
    assert (row["intact"], row["level"]["onHand"], row["movements"]["count"]) == (True, 10, 2)
    newest = shop.movements(product)[0]
    assert (newest["type"], newest["quantity"]) == ("repair", 0)
    assert "on hand 13" in newest["note"]
    assert "seen at the stocktaking" in newest["note"]


def test_a_movement_that_is_gone_is_reported(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    shop.adjust(product, warehouse, 5)
    remove(shop.organization.id, "STOCK_MOVEMENT", f"{product}#{warehouse}#{1:012d}")

    (row,) = shop.reconciliation()

    assert (row["intact"], row["movements"]["missing"], row["drift"]["onHand"]) == (False, 1, 10)


def test_a_movement_that_is_gone_is_reported_even_where_the_level_was_altered_to_match(shop: Shop) -> None:
    product, warehouse = shop.stocked(10)
    shop.adjust(product, warehouse, 5)
    remove(shop.organization.id, "STOCK_MOVEMENT", f"{product}#{warehouse}#{1:012d}")
    set_number(shop.organization.id, "STOCK_LEVEL", f"{product}#{warehouse}", "onHand", 5)

    (row,) = shop.reconciliation()

    assert (row["intact"], row["movements"]["missing"], row["drift"]["onHand"]) == (False, 1, 0)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 1000])
def test_levels_with_more_movements_than_one_request_reads_are_continued(shop: Shop, most: int) -> None:
    places = [shop.stocked(10) for _ in range(3)]
    for number in range(6):
        shop.adjust(*places[1], number + 1)
    tenant = shop.organization.tenant()
    rows, position, pages = [], None, 0
    while True:
        reconciler = Reconciler(StockLevelRepository(tenant), StockMovementRepository(tenant), most_movements=most)
        page = reconciler.page(None, None, limit=2, after=position)
        rows += page.items
        pages += 1
        position = page.last_key
        if position is None:
            break
        # What is moved between two pages is none of what the level said when it was read.
        shop.adjust(*places[1], 1)

    assert len(rows) == 3
    assert all(row.is_intact for row in rows)
    assert pages > 1


def test_reconciliation_of_a_warehouse_or_a_product_is_of_that_alone(shop: Shop) -> None:
    one, other = shop.stocked(1), shop.stocked(2)

    assert [row["productId"] for row in shop.reconciliation(productId=one[0])] == [one[0]]
    assert [row["productId"] for row in shop.reconciliation(warehouseId=other[1])] == [other[0]]
