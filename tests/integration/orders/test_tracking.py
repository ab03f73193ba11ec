"""Orders of what is kept by lots and serial numbers: the units that leave, and those that come back, are known."""

import pytest

from tests.support.orders import USD, ordered, step
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _lots(shop: Shop, product: str) -> dict[str, int]:
    found = shop.send("GET", "/v1/stock/lots", query={"productId": product})
    return {lot["lot"]: lot["onHand"] for lot in found.json["items"]}


def test_what_is_shipped_is_what_expires_first_and_comes_back_into_its_lot(shop: Shop) -> None:
    product, warehouse = shop.product(price=USD, tracking="lot"), shop.warehouse()
    lots = [
        {"lot": "late", "quantity": 5, "expiresOn": "2031-01-31"},
        {"lot": "soon", "quantity": 2, "expiresOn": "2030-01-31"},
    ]
    assert shop.adjust(product, warehouse, 7, lots=lots).status == 201
    order = ordered(shop, product, warehouse, 4, confirm=True)

    assert step(shop, order, "fulfil").status == 200
    assert _lots(shop, product) == {"late": 3}

    back = {"productId": product, "quantity": 1}
    assert step(shop, order, "return", {"lines": [back]}).status == 422
    named = {**back, "lots": [{"lot": "soon", "quantity": 1, "expiresOn": "2030-01-31"}]}
    assert step(shop, order, "return", {"lines": [named]}).status == 200
    assert _lots(shop, product) == {"late": 3, "soon": 1}


def test_units_are_shipped_by_their_numbers_and_tell_their_order(shop: Shop) -> None:
    product, warehouse = shop.product(price=USD, tracking="serial"), shop.warehouse()
    assert shop.adjust(product, warehouse, 3, serials=["1", "2", "3"]).status == 201
    order = ordered(shop, product, warehouse, 2, confirm=True)
    shipped = {"productId": product, "quantity": 2}

    assert step(shop, order, "fulfil", {"lines": [shipped]}).status == 422
    assert step(shop, order, "fulfil", {"lines": [{**shipped, "serials": ["1", "4"]}]}).status == 409
    assert step(shop, order, "fulfil", {"lines": [{**shipped, "serials": ["1", "3"]}]}).status == 200

    (unit,) = shop.send("GET", "/v1/stock/serial-numbers", query={"serial": "3"}).json["items"]
    assert (unit["inStock"], unit["reference"]) == (False, {"kind": "order", "id": order["id"]})


def test_units_of_a_product_that_is_not_shipped_cannot_be_named(shop: Shop) -> None:
    place = shop.stocked(5, price=USD)
    order = ordered(shop, *place, 2, confirm=True)
    line = {"productId": place[0], "quantity": 1, "serials": ["1"]}

    assert step(shop, order, "fulfil", {"lines": [line]}).status == 422


def test_a_transfer_takes_lots_and_units_along(shop: Shop) -> None:
    by_lot, by_unit = shop.product(tracking="lot"), shop.product(tracking="serial")
    here, there = shop.warehouse(), shop.warehouse()
    shop.adjust(by_lot, here, 5, lots=[{"lot": "A", "quantity": 5, "expiresOn": "2031-01-31"}])
    shop.adjust(by_unit, here, 2, serials=["1", "2"])
    lines = [
        {"productId": by_lot, "quantity": 2},
        {"productId": by_unit, "quantity": 1, "serials": ["2"]},
    ]
    body = {"fromWarehouseId": here, "toWarehouseId": there, "lines": lines}

    assert shop.send("POST", "/v1/stock/transfers", {**body, "inTransit": True}).status == 422
    assert shop.send("POST", "/v1/stock/transfers", body).status == 201

    lots = shop.send("GET", "/v1/stock/lots", query={"productId": by_lot}).json["items"]
    assert {(lot["warehouseId"], lot["onHand"], lot["expiresOn"]) for lot in lots} == {
        (here, 3, "2031-01-31"),
        (there, 2, "2031-01-31"),
    }
    units = shop.send("GET", "/v1/stock/serial-numbers", query={"warehouseId": there}).json["items"]
    assert [unit["serial"] for unit in units] == ["2"]
