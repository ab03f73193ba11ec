"""Orders, for tests that take them through their steps: everything through the API but what only time can do."""

from datetime import timedelta
from typing import Any, Final

from nexstock.clock import to_rfc3339, utc_now
from nexstock.orders import drafts
from nexstock.orders.desk import desk_of
from nexstock.orders.model import Order
from nexstock.orders.schemas import CreateOrder
from tests.support.api import Reply
from tests.support.catalogue_requests import made
from tests.support.events import Json
from tests.support.people import StaffedOrganization
from tests.support.stock_keeping import Shop

ORDERS: Final = "/v1/orders"
USD: Final = {"amount": 1999, "currency": "USD"}


def order_body(product_id: str, warehouse_id: str, quantity: float = 2, **fields: Any) -> Json:  # noqa: ANN401
    """Return the body of an order of one product."""
    line = {"productId": product_id, "quantity": quantity, "unitPrice": USD}
    return {"warehouseId": warehouse_id, "lines": [line], **fields}


def ordered(shop: Shop, product_id: str, warehouse_id: str, quantity: float = 2, **fields: Any) -> Json:  # noqa: ANN401
    """Return a new order of one product; a draft unless it says `confirm`."""
    reply = shop.send("POST", ORDERS, order_body(product_id, warehouse_id, quantity, **fields))
    assert reply.status == 201, reply.text
    return dict(reply.json)


def step(shop: Shop, order: Json, name: str, body: Json | None = None, **parts: Any) -> Reply:  # noqa: ANN401
    """Take an order a step further."""
    return shop.send("POST", f"{ORDERS}/{order['id']}/{name}", body, **parts)


def part(product_id: str, quantity: float) -> Json:
    """Return the body of a step that is about some of one product."""
    return {"lines": [{"productId": product_id, "quantity": quantity}]}


def read(shop: Shop, order: Json) -> Json:
    """Return an order as the API shows it now."""
    return dict(shop.send("GET", f"{ORDERS}/{order['id']}").json)


def a_customer(organization: StaffedOrganization) -> str:
    """Make a customer and return their id."""
    return made("/v1/customers", organization)


def ended_a_moment_ago(organization: StaffedOrganization, body: Json) -> Order:
    """Make a confirmed order whose reservation ended a second ago."""
    now = utc_now()
    until = {"confirm": True, "reservedUntil": to_rfc3339(now - timedelta(seconds=1))}
    tenant = organization.tenant()
    order = drafts.create_order(
        CreateOrder.model_validate({**body, **until}), desk=desk_of(tenant), clock=lambda: now - timedelta(minutes=1)
    )
    tenant.transaction.commit()
    return order
