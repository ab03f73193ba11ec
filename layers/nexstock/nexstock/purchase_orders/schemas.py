"""Purchase orders on the wire."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints

from nexstock.http.schemas import Command, Instant, InstantInput, Patch, PlainText, PositiveQuantity, Quantity, View
from nexstock.products.schemas import MoneyBody, MoneyView
from nexstock.purchase_orders.model import PurchaseLine, PurchaseOrder, PurchaseOrderStatus
from nexstock.stock.lines import QuantityLine

_MOST_ENTRIES = 500
"""Of one body; those of one product become one line."""

PurchaseReference = Annotated[
    PlainText,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    Field(description="What the supplier, or another system, calls the order"),
]
Notes = Annotated[PlainText, StringConstraints(max_length=2000)]


class PurchaseLineBody(Command):
    """What is bought of a product; without a cost at the product's own."""

    product_id: str
    quantity: PositiveQuantity
    unit_cost: MoneyBody | None = None


PurchaseLines = Annotated[tuple[PurchaseLineBody, ...], Field(min_length=1, max_length=_MOST_ENTRIES)]


class CreatePurchaseOrder(Command):
    """A new purchase order, which is a draft."""

    supplier_id: str
    warehouse_id: str
    lines: PurchaseLines
    expected_at: InstantInput | None = None
    reference: PurchaseReference | None = None
    notes: Notes | None = None


class UpdatePurchaseOrder(Patch):
    """What changes about a draft (JSON merge patch); `lines` replaces all lines."""

    supplier_id: str | None = None
    warehouse_id: str | None = None
    lines: PurchaseLines | None = None
    expected_at: InstantInput | None = None
    reference: PurchaseReference | None = None
    notes: Notes | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what a purchase order always has."""
        return frozenset({"supplier_id", "warehouse_id", "lines"})


class ReceivePurchaseOrder(Command):
    """What has been received; without `lines` all that was on its way."""

    lines: Annotated[tuple[QuantityLine, ...], Field(min_length=1, max_length=_MOST_ENTRIES)] | None = None


class PurchaseLineView(View):
    """A line of a purchase order."""

    product_id: str
    sku: str
    name: str
    quantity: Quantity
    unit_cost: MoneyView
    total: MoneyView
    received: Quantity

    @classmethod
    def of(cls, line: PurchaseLine) -> Self:
        """Return the view of a line."""
        currency = line.unit_cost.currency
        return cls(
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_cost=MoneyView(amount=line.unit_cost.amount, currency=currency),
            total=MoneyView(amount=line.total, currency=currency),
            received=line.received,
        )


class PurchaseOrderView(View):
    """A purchase order."""

    id: str
    number: str
    status: PurchaseOrderStatus
    supplier_id: str
    warehouse_id: str
    lines: list[PurchaseLineView]
    total: MoneyView
    expected_at: Instant | None
    reference: str | None
    notes: str | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, order: PurchaseOrder) -> Self:
        """Return the view of a purchase order."""
        return cls(
            id=order.id,
            number=order.number,
            status=order.status,
            supplier_id=order.supplier_id,
            warehouse_id=order.warehouse_id,
            lines=[PurchaseLineView.of(line) for line in order.lines],
            total=MoneyView(amount=order.total.amount, currency=order.total.currency),
            expected_at=order.expected_at,
            reference=order.reference,
            notes=order.notes,
            version=order.version,
            created_at=order.created_at,
            updated_at=order.updated_at,
        )
