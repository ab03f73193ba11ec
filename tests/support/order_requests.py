"""What requests about orders need: bodies, and orders that have come as far as a step wants them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.api import call
from tests.support.events import Json
from tests.support.orders import ORDERS, order_body
from tests.support.people import StaffedOrganization
from tests.support.stock_requests import a_place_with_stock

Make = Callable[[StaffedOrganization], Any]


def _order(organization: StaffedOrganization) -> Json:
    place = a_place_with_stock(organization)
    return order_body(place["productId"], place["warehouseId"])


def _lines(organization: StaffedOrganization) -> Json:
    return {"notes": "Ring twice", "lines": _order(organization)["lines"]}


def _made(organization: StaffedOrganization, **fields: Any) -> str:  # noqa: ANN401 (fields of a body)
    body = {**_order(organization), **fields}
    reply = call("POST", ORDERS, token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def a_draft(organization: StaffedOrganization) -> str:
    """Make an order that is a draft and return its id."""
    return _made(organization)


def a_confirmed_order(organization: StaffedOrganization) -> str:
    """Make an order that is confirmed and return its id."""
    return _made(organization, confirm=True)


def a_fulfilled_order(organization: StaffedOrganization) -> str:
    """Make an order that is shipped and return its id."""
    order_id = a_confirmed_order(organization)
    assert call("POST", f"{ORDERS}/{order_id}/fulfil", token=organization.owner.token).status == 200
    return order_id


RESOURCES: Final[Mapping[str, Make]] = {"order_id": a_draft}
"""Makes a new resource for each variable of a path."""

RESOURCES_OF_STEPS: Final[Mapping[tuple[str, str], Mapping[str, Make]]] = {
    ("POST", f"{ORDERS}/{{order_id}}/fulfil"): {"order_id": a_confirmed_order},
    ("POST", f"{ORDERS}/{{order_id}}/return"): {"order_id": a_fulfilled_order},
}
"""The same for the routes that want it further than a new one is."""

PREFIXES: Final = {"order_id": "ord"}
"""How the ids begin."""

BODIES: Final[Mapping[tuple[str, str], Make]] = {
    ("POST", ORDERS): _order,
    ("PATCH", f"{ORDERS}/{{order_id}}"): _lines,
    ("POST", f"{ORDERS}/{{order_id}}/confirm"): lambda _: {},
    ("POST", f"{ORDERS}/{{order_id}}/cancel"): lambda _: {"reason": "changed their mind"},
    ("POST", f"{ORDERS}/{{order_id}}/fulfil"): lambda _: {},
    ("POST", f"{ORDERS}/{{order_id}}/return"): lambda _: {"restock": False},
}
"""Bodies that the routes take."""
