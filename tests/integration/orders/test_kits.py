"""Orders of kits: what a kit is made of is promised, shipped and taken back, together with what else needs it."""

import pytest

from tests.support.events import Json
from tests.support.orders import ORDERS, USD, ordered, step
from tests.support.stock_keeping import Shop, a_shop


@pytest.fixture
def shop() -> Shop:
    return a_shop()


def _kit(shop: Shop, **components: int) -> tuple[str, dict[str, str], str]:
    """Return a kit, its components by their names, and a warehouse with 20 of each."""
    warehouse = shop.warehouse()
    parts = {name: shop.product(price=USD) for name in components}
    for part in parts.values():
        assert shop.adjust(part, warehouse, 20, unitCost={"amount": 100, "currency": "USD"}).status == 201
    made_of = [{"productId": parts[name], "quantity": quantity} for name, quantity in components.items()]
    return shop.product(price=USD, components=made_of), parts, warehouse


def _levels(shop: Shop, parts: dict[str, str], warehouse: str) -> dict[str, tuple[int, int]]:
    levels = {name: shop.level(part, warehouse) for name, part in parts.items()}
    return {name: (level["onHand"], level["reserved"]) for name, level in levels.items()}


def test_a_kit_is_sold_from_the_stock_of_what_it_is_made_of(shop: Shop) -> None:
    kit, parts, warehouse = _kit(shop, bolt=4, nut=2)

    order = ordered(shop, kit, warehouse, 3, confirm=True)
    assert _levels(shop, parts, warehouse) == {"bolt": (20, 12), "nut": (20, 6)}

    step(shop, order, "fulfil", {"lines": [{"productId": kit, "quantity": 2}]})
    assert _levels(shop, parts, warehouse) == {"bolt": (12, 4), "nut": (16, 2)}

    step(shop, order, "return", {"lines": [{"productId": kit, "quantity": 1}]})
    assert _levels(shop, parts, warehouse) == {"bolt": (16, 4), "nut": (18, 2)}

    assert step(shop, order, "cancel").json["status"] == "closed"
    assert _levels(shop, parts, warehouse) == {"bolt": (16, 0), "nut": (18, 0)}
    assert all(row["intact"] for row in shop.reconciliation())


def test_kits_and_single_products_cannot_both_have_the_last_ones(shop: Shop) -> None:
    kit, parts, warehouse = _kit(shop, bolt=4)
    lines = [{"productId": kit, "quantity": 4}, {"productId": parts["bolt"], "quantity": 5}]

    reply = shop.send("POST", ORDERS, {"warehouseId": warehouse, "lines": lines, "confirm": True})

    assert (reply.status, reply.json["code"]) == (409, "insufficient_stock")
    assert [(each["productId"], each["requested"]) for each in reply.json["shortages"]] == [(parts["bolt"], 21)]


def test_an_order_keeps_what_its_kit_was_made_of(shop: Shop) -> None:
    kit, parts, warehouse = _kit(shop, bolt=4)
    order = ordered(shop, kit, warehouse, 2, confirm=True)

    changed = {"components": [{"productId": parts["bolt"], "quantity": 1}]}
    assert shop.send("PATCH", f"/v1/products/{kit}", changed).status == 200

    assert step(shop, order, "fulfil").json["status"] == "fulfilled"
    assert _levels(shop, parts, warehouse) == {"bolt": (12, 0)}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/stock/adjustments", {"quantity": 1, "reason": "found"}),
        ("/v1/stock/transfers", {"quantity": 1}),
    ],
)
def test_a_kit_has_no_stock_of_its_own(shop: Shop, path: str, body: Json) -> None:
    kit, _, warehouse = _kit(shop, bolt=4)
    ends = {"fromWarehouseId": warehouse, "toWarehouseId": shop.warehouse()}
    place = ends if path.endswith("transfers") else {"warehouseId": warehouse}

    reply = shop.send("POST", path, {"productId": kit, **place, **body})

    assert (reply.status, reply.json["code"]) in {(409, "kit_has_no_stock"), (422, "invalid_request")}
