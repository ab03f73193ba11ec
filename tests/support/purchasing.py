"""Purchase orders for tests: everything through the API."""

from dataclasses import dataclass
from typing import Any, Final

from tests.support.api import Reply
from tests.support.events import Json
from tests.support.purchasing_requests import a_supplier
from tests.support.stock_keeping import Shop

PURCHASE_ORDERS: Final = "/v1/purchase-orders"
COST: Final = {"amount": 250, "currency": "USD"}


@dataclass(frozen=True)
class Purchase:
    """A purchase order of a shop, and what is done with it."""

    shop: Shop
    id: str

    def step(self, name: str, body: Json | None = None, **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
        """Send a step: submit, receive or cancel."""
        return self.shop.send("POST", f"{PURCHASE_ORDERS}/{self.id}/{name}", body, **parts)

    def receive(self, *quantities: tuple[str, float], **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
        """Receive some of its products."""
        return self.step("receive", {"lines": lines_of(*quantities)}, **parts)

    def change(self, patch: Json, **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
        """Send a merge patch."""
        return self.shop.send("PATCH", f"{PURCHASE_ORDERS}/{self.id}", patch, **parts)

    def read(self) -> Json:
        """Return what the API shows of it."""
        return dict(self.shop.send("GET", f"{PURCHASE_ORDERS}/{self.id}").json)


def lines_of(*quantities: tuple[str, float]) -> list[Json]:
    """Return lines of a body."""
    return [{"productId": product_id, "quantity": quantity} for product_id, quantity in quantities]


def purchase_body(shop: Shop, warehouse_id: str, *quantities: tuple[str, float], **fields: Any) -> Json:  # noqa: ANN401
    """Return the body of a new purchase order at 2.50 a unit, from a new supplier."""
    lines = [{**line, "unitCost": COST} for line in lines_of(*quantities)]
    return {"supplierId": a_supplier(shop.organization), "warehouseId": warehouse_id, "lines": lines, **fields}


def a_purchase(shop: Shop, warehouse_id: str, *quantities: tuple[str, float], **fields: Any) -> Purchase:  # noqa: ANN401
    """Draft a purchase order."""
    reply = shop.send("POST", PURCHASE_ORDERS, purchase_body(shop, warehouse_id, *quantities, **fields))
    assert reply.status == 201, reply.text
    return Purchase(shop, reply.json["id"])


def submitted(shop: Shop, warehouse_id: str, *quantities: tuple[str, float], **fields: Any) -> Purchase:  # noqa: ANN401
    """Draft and submit a purchase order."""
    purchase = a_purchase(shop, warehouse_id, *quantities, **fields)
    reply = purchase.step("submit")
    assert reply.status == 200, reply.text
    return purchase
