"""What a webhook message says: the event, and the resource as the API shows it."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from nexstock.api_keys.repository import ApiKeyItem, ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyMetadataView
from nexstock.auth.principals import Tenant
from nexstock.clock import from_rfc3339
from nexstock.counts.repository import CountItem, CountRepository
from nexstock.counts.schemas import CountView
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
from nexstock.streams import Change, Image
from nexstock.transfers.repository import TransferItem, TransferRepository
from nexstock.transfers.schemas import TransferView
from nexstock.webhooks.repository import WebhookEndpointItem, WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

_VIEWS: Final[dict[Kind, Callable[[Tenant, Image], View]]] = {
    Kind.PRODUCT: lambda tenant, image: ProductView.of(
        ProductRepository(tenant).entity_of(ProductItem.from_stream(image))
    ),
    Kind.STOCK_LEVEL: lambda tenant, image: StockLevelView.of(
        StockLevelRepository(tenant).entity_of(StockLevelItem.from_stream(image))
    ),
    Kind.STOCK_MOVEMENT: lambda tenant, image: MovementView.of(
        StockMovementRepository(tenant).entity_of(StockMovementItem.from_stream(image))
    ),
    Kind.TRANSFER: lambda tenant, image: TransferView.of(
        TransferRepository(tenant).entity_of(TransferItem.from_stream(image))
    ),
    Kind.COUNT: lambda tenant, image: CountView.of(CountRepository(tenant).entity_of(CountItem.from_stream(image))),
    Kind.PURCHASE_ORDER: lambda tenant, image: PurchaseOrderView.of(
        PurchaseOrderRepository(tenant).entity_of(PurchaseOrderItem.from_stream(image))
    ),
    Kind.ORDER: lambda tenant, image: OrderView.of(OrderRepository(tenant).entity_of(OrderItem.from_stream(image))),
    Kind.MEMBER: lambda tenant, image: MemberView.of(MemberRepository(tenant).entity_of(MemberItem.from_stream(image))),
    Kind.API_KEY: lambda tenant, image: ApiKeyMetadataView.of(
        ApiKeyRepository(tenant).entity_of(ApiKeyItem.from_stream(image))
    ),
    Kind.IMPORT: lambda tenant, image: ImportMetadataView.of(
        ImportRepository(tenant).entity_of(ImportItem.from_stream(image))
    ),
    Kind.EXPORT: lambda tenant, image: ExportView.of(ExportRepository(tenant).entity_of(ExportItem.from_stream(image))),
    Kind.WEBHOOK_ENDPOINT: lambda tenant, image: WebhookEndpointView.of(
        WebhookEndpointRepository(tenant).entity_of(WebhookEndpointItem.from_stream(image))
    ),
}
"""The kinds whose changes are events."""


def is_event(change: Change) -> bool:
    """Tell whether customers can be told of this change."""
    return change.kind in _VIEWS and change.after is not None


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
    return json.dumps(
        {
            "id": message_id,
            "type": change.event_type,
            "createdAt": image["changedBy"]["M"]["at"]["S"],
            "organizationId": change.organization_id,
            "data": _VIEWS[change.kind](tenant, image).model_dump(mode="json", by_alias=True),
        },
        separators=(",", ":"),
        ensure_ascii=False,
    )
