"""What requests about transfers, counts and purchase orders need: bodies, and things that are there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.api import call
from tests.support.catalogue_requests import made
from tests.support.events import Json
from tests.support.people import StaffedOrganization

Make = Callable[[StaffedOrganization], Any]

_TRANSFERS: Final = "/v1/stock/transfers"
_COUNTS: Final = "/v1/stock/counts"
_PURCHASE_ORDERS: Final = "/v1/purchase-orders"


def a_supplier(organization: StaffedOrganization) -> str:
    """Make a supplier and return their id."""
    return made("/v1/suppliers", organization)


def a_transfer(organization: StaffedOrganization) -> str:
    """Have stock on its way, and return the transfer's id."""
    return _made(_TRANSFERS, {**_transfer(organization), "inTransit": True}, organization)


def a_count(organization: StaffedOrganization) -> str:
    """Begin a count sheet, and return its id."""
    return _made(_COUNTS, _count(organization), organization)


def a_purchase_order(organization: StaffedOrganization) -> str:
    """Draft a purchase order, and return its id."""
    return _made(_PURCHASE_ORDERS, _purchase_order(organization), organization)


def a_submitted_purchase_order(organization: StaffedOrganization) -> str:
    """Submit a purchase order, and return its id."""
    order_id = a_purchase_order(organization)
    reply = call("POST", f"{_PURCHASE_ORDERS}/{order_id}/submit", token=organization.owner.token)
    assert reply.status == 200, reply.text
    return order_id


def _made(path: str, body: Json, organization: StaffedOrganization) -> str:
    reply = call("POST", path, token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def _transfer(organization: StaffedOrganization) -> Json:
    product, source = made("/v1/products", organization), made("/v1/warehouses", organization)
    stock = {"productId": product, "warehouseId": source, "quantity": 5, "reason": "found"}
    assert call("POST", "/v1/stock/adjustments", token=organization.owner.token, body=stock).status == 201
    target = made("/v1/warehouses", organization)
    return {"productId": product, "quantity": 2, "fromWarehouseId": source, "toWarehouseId": target}


def _count(organization: StaffedOrganization) -> Json:
    return {"warehouseId": made("/v1/warehouses", organization)}


def _count_lines(organization: StaffedOrganization) -> Json:
    return {"lines": [{"productId": made("/v1/products", organization), "counted": 3}]}


def _purchase_order(organization: StaffedOrganization) -> Json:
    line = {"productId": made("/v1/products", organization), "quantity": 4}
    return {
        "supplierId": a_supplier(organization),
        "warehouseId": made("/v1/warehouses", organization),
        "lines": [{**line, "unitCost": {"amount": 250, "currency": "USD"}}],
    }


BODIES: Final[Mapping[tuple[str, str], Make]] = {
    ("POST", _TRANSFERS): _transfer,
    ("POST", f"{_TRANSFERS}/{{transfer_id}}/receive"): lambda _: {},
    ("POST", _COUNTS): _count,
    ("PATCH", f"{_COUNTS}/{{count_id}}/lines"): _count_lines,
    ("POST", _PURCHASE_ORDERS): _purchase_order,
    ("PATCH", f"{_PURCHASE_ORDERS}/{{purchase_order_id}}"): lambda _: {"notes": "by the back door"},
    ("POST", f"{_PURCHASE_ORDERS}/{{purchase_order_id}}/receive"): lambda _: {},
}
"""Bodies that the routes take."""

RESOURCES: Final[Mapping[str, Make]] = {
    "transfer_id": a_transfer,
    "count_id": a_count,
    "purchase_order_id": a_purchase_order,
}
"""Makes a new resource for each variable of a path."""

SUBMITTED: Final[Mapping[str, Make]] = {"purchase_order_id": a_submitted_purchase_order}
"""The same, so that it can be received."""

PREFIXES: Final = {"transfer_id": "trf", "count_id": "cnt", "purchase_order_id": "pur"}
"""How the ids begin."""
