"""A purchase order and its lines, and how each step changes them; no input or output here.

A draft is submitted, which makes what it asks for incoming, and is received in one or more parts. What a step means for
stock is the difference between the lines before and after it (`stock_changes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from nexstock.errors import InvalidState
from nexstock.ids import ProductId, PurchaseOrderId, SupplierId, WarehouseId
from nexstock.products.model import Money
from nexstock.resources.model import Resource
from nexstock.stock.model import NOTHING, StockChange

MOST_LINES: Final = 45
"""Each writes a level and a movement, and a transaction has room for 100 writes."""


class PurchaseOrderStatus(StrEnum):
    """How far a purchase order has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_EXPECTED: Final = frozenset({PurchaseOrderStatus.SUBMITTED, PurchaseOrderStatus.PARTIALLY_RECEIVED})
_OPEN: Final = _EXPECTED | {PurchaseOrderStatus.DRAFT}

_EVENTS: Final = {
    PurchaseOrderStatus.DRAFT: "purchase_order.updated",
    PurchaseOrderStatus.SUBMITTED: "purchase_order.submitted",
    PurchaseOrderStatus.PARTIALLY_RECEIVED: "purchase_order.received",
    PurchaseOrderStatus.RECEIVED: "purchase_order.received",
    PurchaseOrderStatus.CLOSED: "purchase_order.cancelled",
    PurchaseOrderStatus.CANCELLED: "purchase_order.cancelled",
}
"""What brings an order into each state, or makes another version of it there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLine:
    """What is bought of one product; `sku` and `name` are what it was called when the line was made."""

    product_id: ProductId
    sku: str
    name: str
    quantity: Decimal
    unit_cost: Money
    received: Decimal = NOTHING

    @property
    def remaining(self) -> Decimal:
        """What has not been received."""
        return self.quantity - self.received

    @property
    def total(self) -> int:
        """What the line costs, in minor units."""
        return int((self.unit_cost.amount * self.quantity).to_integral_value(ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseOrder(Resource):
    """What is bought from a supplier for one warehouse; each product stands in one line."""

    id: PurchaseOrderId
    number: str
    status: PurchaseOrderStatus = PurchaseOrderStatus.DRAFT
    supplier_id: SupplierId
    warehouse_id: WarehouseId
    lines: tuple[PurchaseLine, ...]
    expected_at: datetime | None = None
    reference: str | None = None
    notes: str | None = None

    @property
    def event(self) -> str:
        """What this version came from, in the words of the events."""
        return "purchase_order.created" if self.version == 1 else _EVENTS[self.status]

    @property
    def currency(self) -> str:
        """The currency of all its costs."""
        return self.lines[0].unit_cost.currency

    @property
    def total(self) -> Money:
        """What the order costs: the sum of its lines."""
        return Money(sum(line.total for line in self.lines), self.currency)

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to come of it."""
        return self.status in _OPEN

    @property
    def open_with(self) -> SupplierId | None:
        """The supplier, as long as something is still to come of the order."""
        return self.supplier_id if self.is_open else None

    @property
    def is_wanted(self) -> bool:
        """Tell whether all of it is received, or still to come."""
        return self.status not in {PurchaseOrderStatus.CANCELLED, PurchaseOrderStatus.CLOSED}

    def incoming(self, line: PurchaseLine) -> Decimal:
        """Return how much of a line is on its way."""
        return line.remaining if self.status in _EXPECTED else NOTHING


def require_draft(order: PurchaseOrder) -> None:
    """Let only a draft be changed.

    Raises:
        InvalidState: it is submitted or cancelled already (409).
    """
    if order.status is not PurchaseOrderStatus.DRAFT:
        raise InvalidState(order.status)


def require_expected(order: PurchaseOrder) -> None:
    """Let only what is on its way be received.

    Raises:
        InvalidState: it is not submitted, or nothing of it is on its way any more (409).
    """
    if order.status not in _EXPECTED:
        raise InvalidState(order.status)


def submitted(order: PurchaseOrder) -> PurchaseOrder:
    """Return a draft as submitted, all of it on its way.

    Raises:
        InvalidState: it is no draft (409).
    """
    require_draft(order)
    return replace(order, status=PurchaseOrderStatus.SUBMITTED)


def received(order: PurchaseOrder, quantities: Mapping[ProductId, Decimal]) -> PurchaseOrder:
    """Return the order with so much of it received; what is more than is on its way is refused before."""
    lines = tuple(
        replace(line, received=line.received + quantities.get(line.product_id, NOTHING)) for line in order.lines
    )
    is_complete = not any(line.remaining for line in lines)
    status = PurchaseOrderStatus.RECEIVED if is_complete else PurchaseOrderStatus.PARTIALLY_RECEIVED
    return replace(order, lines=lines, status=status)


def cancelled(order: PurchaseOrder) -> PurchaseOrder:
    """Return the order with nothing on its way any more; one of which a part was received is closed instead.

    Raises:
        InvalidState: all of it was received, or it is closed or cancelled already (409).
    """
    if not order.is_open:
        raise InvalidState(order.status)
    partly_received = order.status is PurchaseOrderStatus.PARTIALLY_RECEIVED
    status = PurchaseOrderStatus.CLOSED if partly_received else PurchaseOrderStatus.CANCELLED
    return replace(order, status=status)


def stock_changes(before: PurchaseOrder, after: PurchaseOrder) -> Sequence[StockChange]:
    """Return what a step means for stock: the differences of the lines that it changed.

    Args:
        before: the order as it was.
        after: the same order, the same lines, one step later.
    """
    changes = []
    for old, new in zip(before.lines, after.lines, strict=True):
        quantity, incoming = new.received - old.received, after.incoming(new) - before.incoming(old)
        if quantity or incoming:
            change = StockChange(
                product_id=new.product_id,
                warehouse_id=after.warehouse_id,
                quantity=quantity,
                incoming=incoming,
                unit_cost=Decimal(new.unit_cost.amount) if quantity else None,
            )
            changes.append(change)
    return changes
