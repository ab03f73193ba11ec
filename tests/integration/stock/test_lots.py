"""Lots: what comes in is named, what goes out is what expires first or what is named, and both add up to the level."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.api import Reply
from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop

_LATE, _SOON, _GONE = "2031-01-31", "2030-06-30", "2020-01-01"


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _lot(name: str, quantity: float, expires_on: str | None = None) -> dict[str, Any]:
    return {"lot": name, "quantity": quantity, **({"expiresOn": expires_on} if expires_on else {})}


def _place(shop: Shop) -> tuple[str, str]:
    return shop.product(tracking="lot"), shop.warehouse()


def _lots(shop: Shop, **query: str) -> dict[str, float]:
    found = shop.send("GET", "/v1/stock/lots", query={"limit": "100", **query})
    return {lot["lot"]: lot["onHand"] for lot in found.json["items"]}


def _received(shop: Shop, place: tuple[str, str], *lots: dict[str, Any]) -> Reply:
    return shop.adjust(*place, sum(lot["quantity"] for lot in lots), lots=list(lots))


def test_what_comes_in_is_kept_by_its_lots(shop: Shop) -> None:
    place = _place(shop)

    reply = _received(shop, place, _lot("A", 5, _LATE), _lot("B", 3, _SOON))

    assert reply.status == 201
    assert reply.json["lots"] == [_lot("A", 5, _LATE), _lot("B", 3, _SOON)]
    assert _lots(shop, productId=place[0]) == {"A": 5, "B": 3}
    assert shop.level(*place)["onHand"] == 8


def test_what_goes_out_is_what_expires_first(shop: Shop) -> None:
    place = _place(shop)
    _received(shop, place, _lot("A", 5, _LATE), _lot("B", 3, _SOON), _lot("C", 9), _lot("old", 4, _GONE))

    reply = shop.adjust(*place, -4)

    assert [(lot["lot"], lot["quantity"]) for lot in reply.json["lots"]] == [("B", 3), ("A", 1)]
    assert _lots(shop, productId=place[0]) == {"A": 4, "C": 9, "old": 4}


def test_what_is_named_goes_out(shop: Shop) -> None:
    place = _place(shop)
    _received(shop, place, _lot("A", 5, _LATE), _lot("old", 4, _GONE))

    assert shop.adjust(*place, -4, lots=[_lot("old", 4)]).status == 201
    assert _lots(shop, warehouseId=place[1]) == {"A": 5}


def test_expired_lots_do_not_go_out_unless_they_are_named(shop: Shop) -> None:
    place = _place(shop)
    _received(shop, place, _lot("old", 4, _GONE))

    refused = shop.adjust(*place, -1)

    assert (refused.status, refused.json["code"]) == (409, "insufficient_stock")
    assert refused.json["shortages"][0]["available"] == 0


@pytest.mark.parametrize(
    ("quantity", "lots", "status"),
    [
        (3, [], 422),
        (3, [_lot("A", 2)], 422),
        (3, [_lot("A", 2), _lot("A", 1)], 422),
        (3, [_lot("A", 3, _SOON)], 422),
        (-3, [_lot("A", 2)], 422),
        (-3, [_lot("B", 3)], 409),
        (-7, [_lot("A", 7)], 409),
        (3, [_lot("", 3)], 422),
        (3, [_lot("A", -3)], 422),
    ],
)
def test_lots_that_do_not_fit_move_nothing(shop: Shop, quantity: int, lots: list[dict[str, Any]], status: int) -> None:
    place = _place(shop)
    _received(shop, place, _lot("A", 5, _LATE))
    before = stock_of(shop.organization.id)

    assert shop.adjust(*place, quantity, lots=lots).status == status
    assert stock_of(shop.organization.id) == before


def test_a_product_that_is_not_kept_by_lots_has_none(shop: Shop) -> None:
    place = shop.stocked(5)

    assert shop.adjust(*place, 1, lots=[_lot("A", 1)]).status == 422
    assert shop.adjust(*place, 1, serials=["1"]).status == 422


def test_lots_that_expire_until_a_day_come_in_the_order_of_their_days(shop: Shop) -> None:
    place = _place(shop)
    _received(shop, place, _lot("A", 5, _LATE), _lot("B", 3, _SOON), _lot("C", 9), _lot("old", 4, _GONE))

    assert list(_lots(shop, expiringBy=_SOON)) == ["old", "B"]
    assert list(_lots(shop, expiringBy=_LATE, warehouseId=place[1], productId=place[0])) == ["old", "B", "A"]
    assert _lots(shop, expiringBy=_LATE, warehouseId=shop.warehouse()) == {}


def test_lots_add_up_to_the_level_whatever_moves(shop: Shop) -> None:
    place = _place(shop)
    _received(shop, place, _lot("A", 2, _LATE), _lot("B", 3, _SOON))
    for quantity, lots in ((-1, []), (4, [_lot("C", 4)]), (-5, []), (1, [_lot("B", 1, _SOON)]), (-4, [])):
        assert shop.adjust(*place, quantity, lots=lots).status == 201
        level = Decimal(str(shop.level(*place)["onHand"]))
        assert sum((Decimal(str(each)) for each in _lots(shop, productId=place[0]).values()), Decimal(0)) == level
    assert _lots(shop, productId=place[0]) == {}
