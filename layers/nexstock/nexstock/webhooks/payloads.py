"""What a webhook message says: the event, and the resource as the API shows it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import create_model

from nexstock.api_keys.repository import ApiKeyItem, ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyMetadataView
from nexstock.audit.events import entry_in
from nexstock.audit.schemas import AuditEntryView
from nexstock.auth.principals import Tenant
from nexstock.changes import Change, Image
from nexstock.clock import from_rfc3339
from nexstock.counts.repository import CountItem, CountRepository
from nexstock.counts.schemas import CountView
from nexstock.customers.repository import CustomerItem, CustomerRepository
from nexstock.customers.schemas import CustomerEventView
from nexstock.exports.repository import ExportItem, ExportRepository
from nexstock.exports.schemas import ExportView
from nexstock.http.schemas import View
from nexstock.ids import MessageId, encode_ulid
from nexstock.imports.repository import ImportItem, ImportRepository
from nexstock.imports.schemas import ImportMetadataView
from nexstock.members.repository import MemberItem, MemberRepository
from nexstock.members.schemas import MemberView
from nexstock.orders.repository import OrderItem, OrderRepository
from nexstock.orders.schemas import OrderView
from nexstock.persistence.keys import Kind
from nexstock.persistence.tenant_items import Entity, TenantItem, TenantRepository
from nexstock.products.repository import ProductItem, ProductRepository
from nexstock.products.schemas import ProductView
from nexstock.purchase_orders.repository import PurchaseOrderItem, PurchaseOrderRepository
from nexstock.purchase_orders.schemas import PurchaseOrderView
from nexstock.stock.repository import (
    StockLevelItem,
    StockLevelRepository,
    StockMovementItem,
    StockMovementRepository,
)
from nexstock.stock.schemas import MovementView, StockLevelView
from nexstock.suppliers.repository import SupplierItem, SupplierRepository
from nexstock.suppliers.schemas import SupplierEventView
from nexstock.transfers.repository import TransferItem, TransferRepository
from nexstock.transfers.schemas import TransferView
from nexstock.warehouses.repository import WarehouseItem, WarehouseRepository
from nexstock.warehouses.schemas import WarehouseView
from nexstock.webhooks.bodies import EventView, PingView, body_text
from nexstock.webhooks.event_types import EVENT_TYPES, PING
from nexstock.webhooks.repository import WebhookEndpointItem, WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointMetadataView

I = TypeVar("I", bound=TenantItem)  # noqa: E741 (I for item)
E = TypeVar("E", bound=Entity)


@dataclass(frozen=True, slots=True)
class Shown:
    """How the events of one kind show what they are about."""

    view: type[View]
    of: Callable[[Tenant, Image], View]


def _shown(
    view: type[View], of: Callable[[E], View], repository: type[TenantRepository[E, I]], item_type: type[I]
) -> Shown:
    return Shown(view, lambda tenant, image: of(repository(tenant).entity_of(item_type.from_stream(image))))


_SHOWN: Final[Mapping[Kind, Shown]] = {
    Kind.PRODUCT: _shown(ProductView, ProductView.of, ProductRepository, ProductItem),
    Kind.WAREHOUSE: _shown(WarehouseView, WarehouseView.of, WarehouseRepository, WarehouseItem),
    Kind.SUPPLIER: _shown(SupplierEventView, SupplierEventView.of, SupplierRepository, SupplierItem),
    Kind.CUSTOMER: _shown(CustomerEventView, CustomerEventView.of, CustomerRepository, CustomerItem),
    Kind.STOCK_LEVEL: _shown(StockLevelView, StockLevelView.of, StockLevelRepository, StockLevelItem),
    Kind.STOCK_MOVEMENT: _shown(MovementView, MovementView.of, StockMovementRepository, StockMovementItem),
    Kind.TRANSFER: _shown(TransferView, TransferView.of, TransferRepository, TransferItem),
    Kind.COUNT: _shown(CountView, CountView.of, CountRepository, CountItem),
    Kind.PURCHASE_ORDER: _shown(PurchaseOrderView, PurchaseOrderView.of, PurchaseOrderRepository, PurchaseOrderItem),
    Kind.ORDER: _shown(OrderView, OrderView.of, OrderRepository, OrderItem),
    Kind.IMPORT: _shown(ImportMetadataView, ImportMetadataView.of, ImportRepository, ImportItem),
    Kind.EXPORT: _shown(ExportView, ExportView.of, ExportRepository, ExportItem),
    Kind.MEMBER: _shown(MemberView, MemberView.of, MemberRepository, MemberItem),
    Kind.API_KEY: _shown(ApiKeyMetadataView, ApiKeyMetadataView.of, ApiKeyRepository, ApiKeyItem),
    Kind.AUDIT_ENTRY: Shown(AuditEntryView, lambda _tenant, image: AuditEntryView.of(entry_in(image))),
    Kind.WEBHOOK_ENDPOINT: _shown(
        WebhookEndpointMetadataView, WebhookEndpointMetadataView.of, WebhookEndpointRepository, WebhookEndpointItem
    ),
}
"""What each kind of `EVENT_TYPES` shows: its resource as the API does, personal data aside.

A message is stored for as long as it may have to be sent again, and leaves for a server of somebody else's choice.
"""


_CLOSED: Final = ("additionalProperties", False)


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of the messages of each event type."""
    views: dict[str, type[View]] = {PING: PingView}
    views |= {event_type: _SHOWN[kind].view for kind, types in EVENT_TYPES.items() for event_type in types}
    return {event_type: _schema(event_type, view) for event_type, view in views.items()}


def _schema(event_type: str, view: type[View]) -> dict[str, Any]:
    message: type[View] = create_model(f"{view.__name__}Event", __base__=EventView, data=(view, ...))
    schema: dict[str, Any] = _extensible(message.model_json_schema(by_alias=True, mode="serialization"))
    schema["properties"]["type"] = {"const": event_type}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": event_type}


def _extensible(schema: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a schema that admits further fields, so that adding one breaks no receiver."""
    match schema:
        case dict():
            return {name: _extensible(part) for name, part in schema.items() if (name, part) != _CLOSED}
        case list():
            return [_extensible(part) for part in schema]
    return schema


def is_event(change: Change) -> bool:
    """Tell whether customers can be told of this change."""
    return change.event_type in EVENT_TYPES.get(change.kind, ())


def happened_at(change: Change) -> datetime:
    """Return when the change was made."""
    return from_rfc3339((change.after or {})["changedBy"]["M"]["at"]["S"])


def message_id_of(change: Change, endpoint_id: str) -> MessageId:
    """Return the id of the message about a change for an endpoint: the same however often it is made."""
    digest = hashlib.sha256(f"{change.organization_id}#{change.id}#{endpoint_id}".encode()).digest()
    milliseconds = int(happened_at(change).timestamp() * 1000)
    return MessageId("msg_" + encode_ulid((milliseconds << 80) | int.from_bytes(digest[:10], "big")))


def body_of(change: Change, message_id: MessageId, tenant: Tenant) -> str:
    """Return the JSON text that is signed and sent, always the same for the same change."""
    image = change.after or {}
    return body_text(
        message_id,
        change.event_type,
        created_at=image["changedBy"]["M"]["at"]["S"],
        organization_id=change.organization_id,
        sequence=change.version,
        data=_SHOWN[change.kind].of(tenant, image),
    )
