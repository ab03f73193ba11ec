"""What requests about the catalogue need: bodies, and things that are there."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from tests.support.api import call
from tests.support.people import StaffedOrganization

Make = Callable[[StaffedOrganization], Any]

BODIES: Final[Mapping[tuple[str, str], Make]] = {
    ("POST", "/v1/products"): lambda _: {"sku": secrets.token_hex(8), "name": "Bolt M8"},
    ("PATCH", "/v1/products/{product_id}"): lambda _: {"name": "Nut M8"},
    ("POST", "/v1/warehouses"): lambda _: {"code": secrets.token_hex(8), "name": "North"},
    ("PATCH", "/v1/warehouses/{warehouse_id}"): lambda _: {"name": "North pier"},
    ("POST", "/v1/suppliers"): lambda _: {"name": "Harbour Metals", "email": "sales@metals.example"},
    ("PATCH", "/v1/suppliers/{supplier_id}"): lambda _: {"phone": "+31 10 555 01 23"},
    ("POST", "/v1/customers"): lambda _: {"name": "Grace Quay", "email": "grace@quay.example"},
    ("PATCH", "/v1/customers/{customer_id}"): lambda _: {"notes": "Rings twice"},
}
"""Bodies that the routes take."""


def made(path: str, organization: StaffedOrganization) -> str:
    """Make a resource as the owner and return its id."""
    reply = call("POST", path, token=organization.owner.token, body=BODIES["POST", path](organization))
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def deleted(path: str, organization: StaffedOrganization) -> str:
    """Make a resource, delete it, and return its id."""
    resource_id = made(path, organization)
    assert call("DELETE", f"{path}/{resource_id}", token=organization.owner.token).status == 204
    return resource_id


_PATHS: Final = {
    "product_id": "/v1/products",
    "warehouse_id": "/v1/warehouses",
    "supplier_id": "/v1/suppliers",
    "customer_id": "/v1/customers",
}

RESOURCES: Final[Mapping[str, Make]] = {name: partial(made, path) for name, path in _PATHS.items()}
"""Makes a new resource for each variable of a path."""

DELETED: Final[Mapping[str, Make]] = {name: partial(deleted, path) for name, path in _PATHS.items()}
"""The same, deleted, so that it can be restored."""

PREFIXES: Final = {"product_id": "prd", "warehouse_id": "whs", "supplier_id": "sup", "customer_id": "cus"}
"""How the ids begin."""
