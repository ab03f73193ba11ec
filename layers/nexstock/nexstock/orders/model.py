"""An order and its lines, and how each step changes them; no input or output here.

A draft is confirmed, which reserves what it asks for, then shipped in one or more parts, and may come back in parts.
What a step means for stock is the difference between the lines before and after it (`stock_changes`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from nexstock.errors import InvalidState
from nexstock.ids import CustomerId, OrderId, ProductId, WarehouseId
from nexstock.orders.errors import ExceedsOrder
from nexstock.products.model import Money
from nexstock.resources.model import Resource
from nexstock.stock.model import NOTHING, StockChange

MOST_LINES: Final = 45
"""Each writes a level and a movement, and a transaction has room for 100 writes."""

_COST_PRECISION: Final = Decimal("0.000001")


class OrderStatus(StrEnum):
    """How far an order has come."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PARTIALLY_FULFILLED = "partially_fulfilled"
    FULFILLED = "fulfilled"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_SHIPPING: Final = frozenset({OrderStatus.CONFIRMED, OrderStatus.PARTIALLY_FULFILLED})
_OPEN: Final = _SHIPPING | {OrderStatus.DRAFT}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """What is ordered of one product; `sku` and `name` are what it was called when the line was made.

    Of `quantity`, `fulfilled` was shipped and `reserved` is promised and not shipped yet; `returned` of what was
    shipped came back. `cost`, in minor units of the organization's currency, is what those that were shipped and did
    not come back were worth in stock.
    """

    product_id: ProductId
    sku: str
    name: str
    quantity: Decimal
    unit_price: Money
    reserved: Decimal = NOTHING
    fulfilled: Decimal = NOTHING
    returned: Decimal = NOTHING
    cost: Decimal = NOTHING

    @property
    def total(self) -> int:
        """What the line costs, in minor units."""
        return self._worth(self.quantity)

    @property
    def revenue(self) -> int:
        """What was shipped and did not come back costs, in minor units.

        Rounded as a whole, so that the parts in which a line is shipped add up to its total.
        """
        return self._worth(self.kept)

    @property
    def kept(self) -> Decimal:
        """What was shipped and did not come back."""
        return self.fulfilled - self.returned

    def shipped(self, quantity: Decimal) -> "OrderLine":
        """Return the line when more of it has been shipped."""
        return replace(self, reserved=self.reserved - quantity, fulfilled=self.fulfilled + quantity)

    def taken_back(self, quantity: Decimal) -> "OrderLine":
        """Return the line when some of it has come back, with its share of the cost."""
        share = (self.cost * quantity / self.kept).quantize(_COST_PRECISION, ROUND_HALF_EVEN)
        return replace(self, returned=self.returned + quantity, cost=self.cost - share)

    def _worth(self, quantity: Decimal) -> int:
        return int((self.unit_price.amount * quantity).to_integral_value(ROUND_HALF_EVEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Resource):
    """What somebody ordered from one warehouse, in one currency; each product stands in one line.

    `reserved_until` is when the reservation ends by itself, if it does. `event` is what made the present version.
    """

    id: OrderId
    number: str
    status: OrderStatus = OrderStatus.DRAFT
    warehouse_id: WarehouseId
    lines: tuple[OrderLine, ...]
    customer_id: CustomerId | None = None
    reference: str | None = None
    notes: str | None = None
    reserved_until: datetime | None = None
    cancel_reason: str | None = None
    event: str = field(default="order.created", compare=False)

    @property
    def total(self) -> Money:
        """What the order costs: the sum of its lines."""
        return Money(sum(line.total for line in self.lines), self.lines[0].unit_price.currency)

    @property
    def is_open(self) -> bool:
        """Tell whether something is still to be shipped, or to be confirmed."""
        return self.status in _OPEN

    @property
    def places(self) -> list[tuple[ProductId, WarehouseId]]:
        """Where what it asks for lies."""
        return [(line.product_id, self.warehouse_id) for line in self.lines]


def require_draft(order: Order) -> None:
    """Let only a draft be changed.

    Raises:
        InvalidState: it is confirmed or cancelled already (409).
    """
    if order.status is not OrderStatus.DRAFT:
        raise InvalidState(order.status)


def confirmed(order: Order, reserved_until: datetime | None) -> Order:
    """Return a draft as confirmed, all of it reserved.

    Raises:
        InvalidState: it is no draft (409).
    """
    require_draft(order)
    return replace(
        order,
        status=OrderStatus.CONFIRMED,
        lines=tuple(replace(line, reserved=line.quantity) for line in order.lines),
        reserved_until=reserved_until,
        event="order.confirmed",
    )


def cancelled(order: Order, reason: str | None) -> Order:
    """Return the order with nothing reserved any more; one of which a part was shipped is closed instead.

    Raises:
        InvalidState: all of it was shipped, or it is closed or cancelled already (409).
    """
    if not order.is_open:
        raise InvalidState(order.status)
    partly_shipped = order.status is OrderStatus.PARTIALLY_FULFILLED
    return replace(
        order,
        status=OrderStatus.CLOSED if partly_shipped else OrderStatus.CANCELLED,
        lines=tuple(replace(line, reserved=NOTHING) for line in order.lines),
        reserved_until=None,
        cancel_reason=reason,
        event="order.cancelled",
    )


def fulfilled(order: Order, quantities: Mapping[ProductId, Decimal] | None) -> Order:
    """Return the order with some of what is reserved shipped, or with all of it.

    Raises:
        InvalidState: it is not confirmed, or nothing is left to be shipped (409).
        ExceedsOrder: more is named than is left of a line (409).
    """
    if order.status not in _SHIPPING:
        raise InvalidState(order.status)
    parts = _parts(quantities, {line.product_id: line.reserved for line in order.lines})
    lines = tuple(line.shipped(parts[line.product_id]) for line in order.lines)
    done = all(line.fulfilled == line.quantity for line in lines)
    return replace(
        order,
        status=OrderStatus.FULFILLED if done else OrderStatus.PARTIALLY_FULFILLED,
        lines=lines,
        reserved_until=None,
        event="order.fulfilled",
    )


def returned(order: Order, quantities: Mapping[ProductId, Decimal] | None) -> Order:
    """Return the order with some of what was shipped back, or with all of it; then it is closed, if all was shipped.

    Raises:
        InvalidState: nothing was shipped that has not come back (409).
        ExceedsOrder: more is named than was shipped and has not come back (409).
    """
    if not any(line.kept for line in order.lines):
        raise InvalidState(order.status)
    parts = _parts(quantities, {line.product_id: line.kept for line in order.lines})
    lines = tuple(line.taken_back(parts[line.product_id]) if line.kept else line for line in order.lines)
    done = order.status is OrderStatus.FULFILLED and not any(line.kept for line in lines)
    return replace(order, status=OrderStatus.CLOSED if done else order.status, lines=lines, event="order.returned")


def stock_changes(before: Order, after: Order, *, restocked: bool = True) -> Sequence[StockChange]:
    """Return what a step means for stock: the differences of the lines that it changed.

    Args:
        before: the order as it was.
        after: the same order, the same lines, one step later.
        restocked: whether what came back lies in stock again; if not, only its price is given back.
    """
    return [
        _stock_change(old, new, after.warehouse_id, restocked=restocked)
        for old, new in zip(before.lines, after.lines, strict=True)
        if (old.reserved, old.kept) != (new.reserved, new.kept)
    ]


def _stock_change(old: OrderLine, new: OrderLine, warehouse_id: WarehouseId, *, restocked: bool) -> StockChange:
    back = new.returned - old.returned
    into_stock = back if restocked else NOTHING
    revenue = new.revenue - old.revenue
    sold = old.kept != new.kept
    return StockChange(
        product_id=new.product_id,
        warehouse_id=warehouse_id,
        quantity=into_stock - (new.fulfilled - old.fulfilled),
        reserved=new.reserved - old.reserved,
        # What comes back is worth what it was worth when it left, if that is known.
        unit_cost=(old.cost - new.cost) / back if into_stock and old.cost else None,
        revenue=revenue if sold else None,
        currency=new.unit_price.currency if sold else None,
    )


def _parts(asked: Mapping[ProductId, Decimal] | None, left: Mapping[ProductId, Decimal]) -> Mapping[ProductId, Decimal]:
    """Return how much of each line a step is about: all that is left unless it is named.

    Raises:
        ExceedsOrder: more is named than is left (409).
    """
    if asked is None:
        return left
    excess = {product_id: (part, left[product_id]) for product_id, part in asked.items() if part > left[product_id]}
    if excess:
        raise ExceedsOrder(excess)
    return {product_id: asked.get(product_id, NOTHING) for product_id in left}
