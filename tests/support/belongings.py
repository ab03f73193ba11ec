"""An organization that has one of everything, made through the API, and what of it must never leave."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from nexstock.api_keys.verifiers import VerifierItem
from nexstock.clock import to_rfc3339, utc_now
from nexstock.persistence.identity_keys import VERIFIER, api_key_partition
from nexstock.persistence.keys import Kind
from tests.support.api import call
from tests.support.events import Json
from tests.support.imports import imported, table
from tests.support.people import StaffedOrganization, an_organization
from tests.support.providers import CLIENT_SECRET
from tests.support.requests import a_member, an_audit_entry, an_invitation
from tests.support.single_sign_on import CONNECTION, a_connection, a_domain
from tests.support.stock import items_of
from tests.support.stock_requests import a_lot, a_unit

FORMULA: Final = "=1+1"
_USD: Final = {"amount": 250, "currency": "USD"}
_CONTACT: Final = {
    "email": "grace@quay.example",
    "phone": "+31 10 555 01 23",
    "address": {"line1": "Quay 1", "city": "Rotterdam", "country": "NL"},
    "notes": FORMULA,
}


@dataclass(frozen=True)
class Belongings:
    """An organization, and the paths at which the API shows some of what it has, by the kind."""

    organization: StaffedOrganization
    paths: dict[Kind, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)

    def post(self, path: str, body: Any = None) -> Json:  # noqa: ANN401 (any JSON value)
        """Return the answer to the owner's successful POST."""
        reply = call("POST", path, token=self.organization.owner.token, body=body)
        assert reply.status in {200, 201}, reply.text
        answer: Json = reply.json
        return answer

    def make(self, kind: Kind, path: str, body: Json) -> str:
        """Make a resource and return its id."""
        made = self.post(path, body)
        self.paths[kind] = f"{path}/{made['id']}"
        self.secrets.extend(made[name] for name in ("secret", "key") if name in made)
        return str(made["id"])

    def shown(self, kind: Kind) -> Json:
        """Return what the API shows of the resource of a kind."""
        reply = call("GET", self.paths[kind], token=self.organization.owner.token)
        assert reply.status == 200, reply.text
        answer: Json = reply.json
        return answer


def one_of_everything() -> Belongings:
    """Return a new organization with something of each kind that it can have, exports aside."""
    own = Belongings(an_organization())
    a_member(own.organization)
    an_invitation(own.organization)
    _connect(own)
    product_ids, warehouse_id = _keep_stock(own)
    _trade(own, product_ids, warehouse_id)
    _count(own, product_ids[0], warehouse_id)
    imported(own.organization, table(["sku", "name"], ["IMPORTED", "Washer"], ["REFUSED", ""]))
    an_audit_entry(own.organization)
    own.secrets.extend(_stored_secrets(own.organization))
    return own


def _connect(own: Belongings) -> None:
    body = a_connection("https://login.customer.example", a_domain())
    own.post(CONNECTION, body)
    own.paths[Kind.SINGLE_SIGN_ON] = CONNECTION
    own.secrets.append(CLIENT_SECRET)
    own.make(Kind.API_KEY, "/v1/api-keys", {"name": "Shop", "scope": "read"})
    own.make(Kind.WEBHOOK_ENDPOINT, "/v1/webhook-endpoints", {"url": "http://127.0.0.1:1/hooks", "events": ["*"]})


def _keep_stock(own: Belongings) -> tuple[list[str], str]:
    product_ids = [
        own.make(Kind.PRODUCT, "/v1/products", {"sku": sku, "name": sku.title(), "reorderPoint": 1})
        for sku in ("BOLT", "NUT")
    ]
    warehouse = {"code": "N", "name": "North", "address": _CONTACT["address"]}
    warehouse_id = own.make(Kind.WAREHOUSE, "/v1/warehouses", warehouse)
    for product_id in product_ids:
        place = {"productId": product_id, "warehouseId": warehouse_id, "note": FORMULA}
        own.post("/v1/stock/adjustments", {**place, "quantity": 100, "reason": "opening", "unitCost": _USD})
    own.post("/v1/stock/adjustments", {**place, "quantity": -2, "reason": "lost"})
    a_lot(own.organization)
    a_unit(own.organization)
    return product_ids, warehouse_id


def _trade(own: Belongings, product_ids: list[str], warehouse_id: str) -> None:
    supplier_id = own.make(Kind.SUPPLIER, "/v1/suppliers", {"name": "Harbour Metals", **_CONTACT, "leadTimeDays": 3})
    customer_id = own.make(Kind.CUSTOMER, "/v1/customers", {"name": "Grace Quay", **_CONTACT, "taxId": "NL 1"})
    bought = [{"productId": product_id, "quantity": 4, "unitCost": _USD} for product_id in product_ids]
    purchase = {"supplierId": supplier_id, "warehouseId": warehouse_id, "lines": bought}
    own.post(f"/v1/purchase-orders/{own.make(Kind.PURCHASE_ORDER, '/v1/purchase-orders', purchase)}/submit")
    sold = [{"productId": product_id, "quantity": 2, "unitPrice": _USD} for product_id in product_ids]
    until = to_rfc3339(utc_now() + timedelta(days=1))
    order = {"customerId": customer_id, "warehouseId": warehouse_id, "lines": sold, "notes": FORMULA}
    own.make(Kind.ORDER, "/v1/orders", {**order, "confirm": True, "reservedUntil": until})
    lines = [{"productId": product_id, "quantity": 1} for product_id in product_ids]
    away = own.post("/v1/warehouses", {"code": "S", "name": "South"})["id"]
    transfer = {"fromWarehouseId": warehouse_id, "toWarehouseId": away, "lines": lines, "inTransit": True}
    own.make(Kind.TRANSFER, "/v1/stock/transfers", transfer)


def _count(own: Belongings, product_id: str, warehouse_id: str) -> None:
    path = "/v1/stock/counts"
    count_id = own.make(Kind.COUNT, path, {"warehouseId": warehouse_id, "productIds": [product_id]})
    lines = {"lines": [{"productId": product_id, "counted": 3}]}
    reply = call("PATCH", f"{path}/{count_id}/lines", token=own.organization.owner.token, body=lines)
    assert reply.status == 200, reply.text


def _stored_secrets(organization: StaffedOrganization) -> Iterator[str]:
    """Give the keys as their holders have them, their digests, and whatever is stored sealed, as texts of it begin."""
    for key in organization.api_keys.values():
        yield key.text
        yield from _texts_of(VerifierItem.get(api_key_partition(key.id), VERIFIER).digest)
    for kind in Kind:
        for item in items_of(organization.id, kind):
            for value in item.values():
                if "B" in value:
                    yield from _texts_of(value["B"])


def _texts_of(value: bytes) -> tuple[str, str]:
    beginning = value[:24]
    return base64.b64encode(beginning).decode(), beginning.hex()
