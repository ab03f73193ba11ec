"""What requests about stock need: bodies that move what is there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.api import call
from tests.support.catalogue_requests import made
from tests.support.events import Json
from tests.support.people import StaffedOrganization

Make = Callable[[StaffedOrganization], Any]

_ADJUSTMENTS: Final = "/v1/stock/adjustments"


def _place(organization: StaffedOrganization) -> Json:
    return {"productId": made("/v1/products", organization), "warehouseId": made("/v1/warehouses", organization)}


def _adjustment(organization: StaffedOrganization) -> Json:
    return {**_place(organization), "quantity": 100, "reason": "found"}


def a_place_with_stock(organization: StaffedOrganization) -> Json:
    """Have something in stock and return its `productId` and `warehouseId`."""
    body = _adjustment(organization)
    assert call("POST", _ADJUSTMENTS, token=organization.owner.token, body=body).status == 201
    return {name: body[name] for name in ("productId", "warehouseId")}


def a_level(organization: StaffedOrganization) -> str:
    """Have something in stock and return its product's id."""
    return str(a_place_with_stock(organization)["productId"])


def a_lot(organization: StaffedOrganization) -> str:
    """Have a lot in stock and return its product's id."""
    return _tracked(organization, "lot", {"lots": [{"lot": "A", "quantity": 1}]})


def a_unit(organization: StaffedOrganization) -> str:
    """Have a unit with a serial number in stock and return its product's id."""
    return _tracked(organization, "serial", {"serials": ["1"]})


def _tracked(organization: StaffedOrganization, tracking: str, units: Json) -> str:
    place, token = _place(organization), organization.owner.token
    assert call("PATCH", f"/v1/products/{place['productId']}", token=token, body={"tracking": tracking}).status == 200
    body = {**place, "quantity": 1, "reason": "found", **units}
    assert call("POST", _ADJUSTMENTS, token=token, body=body).status == 201
    return str(place["productId"])


BODIES: Final[Mapping[tuple[str, str], Make]] = {
    ("POST", _ADJUSTMENTS): _adjustment,
    ("POST", "/v1/stock/reconciliation/repairs"): _place,
}
"""Bodies that the routes take."""

LISTS: Final[Mapping[str, Make]] = {
    "/v1/stock": a_level,
    "/v1/stock/movements": a_level,
    "/v1/stock/lots": a_lot,
    "/v1/stock/serial-numbers": a_unit,
    "/v1/stock/reconciliation": a_level,
}
"""Lists whose rows name a product, and what makes one of theirs."""
