"""Orders on the wire."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints

from nexstock.errors import FieldError, InvalidRequest
from nexstock.http.schemas import (
    Command,
    Instant,
    InstantInput,
    Patch,
    PlainText,
    PositiveQuantity,
    Quantity,
    View,
)
from nexstock.ids import ProductId
from nexstock.orders.model import Order, OrderLine, OrderStatus
from nexstock.products.schemas import MoneyBody, MoneyView
from nexstock.stock.schemas import Reason

_MOST_ENTRIES = 500
"""Of one body; those of one product become one line."""

OrderReference = Annotated[
    PlainText,
    StringConstraints(min_length=1, max_length=100, strip_whitespace=True),
    Field(description="What the customer, or another system, calls the order"),
]
OrderNumber = Annotated[PlainText, StringConstraints(min_length=1, max_length=20, strip_whitespace=True)]
Notes = Annotated[PlainText, StringConstraints(max_length=2000)]
ReservedUntil = Annotated[InstantInput, Field(description="When what is reserved is given up, if nothing was shipped")]
Flag = Annotated[bool, Field(strict=True)]


class OrderLineBody(Command):
    """What is ordered of a product; without a price at the product's own."""

    product_id: str
    quantity: PositiveQuantity
    unit_price: MoneyBody | None = None


OrderLines = Annotated[list[OrderLineBody], Field(min_length=1, max_length=_MOST_ENTRIES)]


class CreateOrder(Command):
    """A new order: a draft, or confirmed at once."""

    customer_id: str | None = None
    warehouse_id: str
    lines: OrderLines
    reference: OrderReference | None = None
    notes: Notes | None = None
    confirm: Flag = False
    reserved_until: ReservedUntil | None = None


class UpdateOrder(Patch):
    """What changes about a draft (JSON merge patch); `lines` replaces all lines."""

    customer_id: str | None = None
    lines: OrderLines | None = None
    reference: OrderReference | None = None
    notes: Notes | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what an order always has."""
        return frozenset({"lines"})


class ConfirmOrder(Command):
    """How long to reserve what the order asks for; without a time until it is shipped or cancelled."""

    reserved_until: ReservedUntil | None = None


class CancelOrder(Command):
    """Why an order is cancelled."""

    reason: Reason | None = None


class OrderPartBody(Command):
    """Some of what an order has of a product."""

    product_id: str
    quantity: PositiveQuantity


OrderParts = Annotated[list[OrderPartBody], Field(min_length=1, max_length=_MOST_ENTRIES)]


class FulfilOrder(Command):
    """What is shipped; without `lines` all that is left."""

    lines: OrderParts | None = None


class ReturnOrder(Command):
    """What came back; without `lines` all that was shipped. With `restock` false it is scrapped."""

    lines: OrderParts | None = None
    restock: Flag = True
    reason: Reason = "return"


def parts_of(lines: OrderParts | None, order: Order) -> Mapping[ProductId, Decimal] | None:
    """Return how much is named of each product; None: nothing is named, so it is all.

    Raises:
        InvalidRequest: a product that the order does not have (422).
    """
    if lines is None:
        return None
    ordered = {line.product_id for line in order.lines}
    parts: dict[ProductId, Decimal] = {}
    errors = []
    for place, line in enumerate(lines):
        product_id = ProductId(line.product_id)
        parts[product_id] = parts.get(product_id, Decimal(0)) + line.quantity
        if product_id not in ordered:
            errors.append(FieldError(f"/lines/{place}/productId", "the order has no line of this product"))
    if errors:
        raise InvalidRequest(errors)
    return parts


class OrderLineView(View):
    """A line of an order."""

    product_id: str
    sku: str
    name: str
    quantity: Quantity
    unit_price: MoneyView
    total: MoneyView
    reserved: Quantity
    fulfilled: Quantity
    returned: Quantity

    @classmethod
    def of(cls, line: OrderLine) -> Self:
        """Return the view of a line."""
        currency = line.unit_price.currency
        return cls(
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            quantity=line.quantity,
            unit_price=MoneyView(amount=line.unit_price.amount, currency=currency),
            total=MoneyView(amount=line.total, currency=currency),
            reserved=line.reserved,
            fulfilled=line.fulfilled,
            returned=line.returned,
        )


class OrderView(View):
    """An order."""

    id: str
    number: str
    status: OrderStatus
    customer_id: str | None
    warehouse_id: str
    lines: list[OrderLineView]
    total: MoneyView
    reference: str | None
    notes: str | None
    reserved_until: Instant | None
    cancel_reason: str | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, order: Order) -> Self:
        """Return the view of an order."""
        return cls(
            id=order.id,
            number=order.number,
            status=order.status,
            customer_id=order.customer_id,
            warehouse_id=order.warehouse_id,
            lines=[OrderLineView.of(line) for line in order.lines],
            total=MoneyView(amount=order.total.amount, currency=order.total.currency),
            reference=order.reference,
            notes=order.notes,
            reserved_until=order.reserved_until,
            cancel_reason=order.cancel_reason,
            version=order.version,
            created_at=order.created_at,
            updated_at=order.updated_at,
        )
