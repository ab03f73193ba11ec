"""Serial numbers: every unit is in one place or gone, and none comes in twice."""

import pytest

from tests.support.stock import stock_of
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _place(shop: Shop) -> tuple[str, str]:
    return shop.product(tracking="serial"), shop.warehouse()


def _units(shop: Shop, **query: str) -> dict[str, bool]:
    found = shop.send("GET", "/v1/stock/serial-numbers", query={"limit": "100", **query})
    return {unit["serial"]: unit["inStock"] for unit in found.json["items"]}


def test_units_come_in_and_go_out_by_their_numbers(shop: Shop) -> None:
    place = _place(shop)

    assert shop.adjust(*place, 3, serials=["1", "2", "3"]).json["serials"] == ["1", "2", "3"]
    assert shop.adjust(*place, -1, serials=["2"]).status == 201

    assert _units(shop, productId=place[0]) == {"1": True, "2": False, "3": True}
    assert _units(shop, warehouseId=place[1]) == {"1": True, "3": True}
    assert _units(shop, serial="2") == {"2": False}
    assert shop.level(*place)["onHand"] == 2


def test_a_unit_that_went_may_come_back(shop: Shop) -> None:
    place = _place(shop)
    for quantity in (1, -1, 1):
        assert shop.adjust(*place, quantity, serials=["1"]).status == 201

    assert _units(shop, productId=place[0]) == {"1": True}


@pytest.mark.parametrize(
    ("quantity", "serials", "status"),
    [
        (1, [], 422),
        (2, ["3"], 422),
        (2, ["3", "3"], 422),
        (1, ["1"], 409),
        (-1, ["3"], 409),
        (-1, [], 422),
        (1, [""], 422),
    ],
)
def test_numbers_that_do_not_fit_move_nothing(shop: Shop, quantity: int, serials: list[str], status: int) -> None:
    place = _place(shop)
    shop.adjust(*place, 2, serials=["1", "2"])
    before = stock_of(shop.organization.id)

    reply = shop.adjust(*place, quantity, serials=serials)

    assert reply.status == status
    if status == 409:
        assert (reply.json["code"], reply.json["serials"]) == ("serial_numbers_unavailable", serials)
    assert stock_of(shop.organization.id) == before


def test_a_unit_is_in_one_warehouse_only(shop: Shop) -> None:
    product, one = _place(shop)
    other = shop.warehouse()
    shop.adjust(product, one, 1, serials=["1"])

    assert shop.adjust(product, other, 1, serials=["1"]).status == 409
    assert shop.adjust(product, other, -1, serials=["1"]).status == 409


def test_equal_numbers_of_two_products_do_not_meet(shop: Shop) -> None:
    for place in (_place(shop), _place(shop)):
        assert shop.adjust(*place, 1, serials=["1"]).status == 201


def test_as_many_units_as_a_request_may_name_fit_into_its_transaction(shop: Shop) -> None:
    place = _place(shop)
    serials = [str(number) for number in range(90)]

    reply = shop.adjust(*place, 90, serials=serials)

    assert reply.status == 201
    assert len(_units(shop, productId=place[0])) == 90
    assert shop.adjust(*place, 91, serials=[*serials, "90"]).status == 422
