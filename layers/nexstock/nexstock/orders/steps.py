"""What happens to an order after it was written: confirmed, cancelled, shipped, taken back.

Each step stages the order's next version, and what it means for stock, in one transaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import ProductId
from nexstock.orders import model
from nexstock.orders.model import COST_PRECISION, Order, OrderStatus, stock_changes
from nexstock.orders.schemas import FulfilOrder, ReturnOrder
from nexstock.persistence.transaction import ConcurrentChange
from nexstock.products.model import Component
from nexstock.resources.lifecycle import Resources, read_version, stage_change
from nexstock.stock.changes import NO_UNITS
from nexstock.stock.checks import require_kept
from nexstock.stock.errors import InsufficientStock, SerialNumbersUnavailable
from nexstock.stock.ledger import Holdings, StockLedger
from nexstock.stock.lines import taken_from, units_of
from nexstock.stock.model import NOTHING, Cause, Movement, MovementType, Reference, Units


@dataclass(frozen=True, slots=True)
class OrderSteps:
    """What it takes to take an order of one organization a step further.

    `expected` is the version that the client saw, if it says so.
    """

    orders: Resources[Order]
    ledger: StockLedger
    expected: int | None = None
    clock: Clock = utc_now

    def read(self, order_id: str) -> Order:
        """Return the order.

        Raises:
            NotFound: none here (404).
            PreconditionFailed: `expected` is not its version (412).
        """
        return read_version(order_id, expected=self.expected, resources=self.orders)

    def confirm(self, order: Order, reserved_until: datetime | None) -> Order:
        """Stage that a draft is confirmed, and what it asks for reserved, and return it.

        Raises:
            InvalidState: it is no draft (409).
            InvalidRequest: `reserved_until` has come already (422).
            InsufficientStock: there is less than it asks for (409).
            DependencyDeleted: a product or the warehouse is gone (409).
        """
        after, now = model.confirmed(order, reserved_until), self.clock()
        require_future(reserved_until, now)
        with self._judging(order):
            reserve(order, after, self._holdings(order, now), ledger=self.ledger, now=now)
        return self._staged(order, after)

    def cancel(self, order: Order, reason: str | None) -> Order:
        """Stage that what is still reserved is given up, and return the order.

        Raises:
            InvalidState: all of it was shipped, or it is closed or cancelled already (409).
            DependencyDeleted: a product or the warehouse is gone (409).
        """
        after = model.cancelled(order, reason)
        if order.status is not OrderStatus.DRAFT:
            self._move(order, after, Cause(MovementType.RELEASE, reason or "cancelled", _reference_to(order)))
        return self._staged(order, after)

    def fulfil(self, order: Order, command: FulfilOrder) -> Order:
        """Stage that some of what is reserved, or all of it, was shipped, and return the order.

        Raises:
            InvalidState: it is not confirmed, or nothing is left to be shipped (409).
            InvalidRequest: a product that the order does not have (422).
            ExceedsRemaining: more is named than is left of a line (409).
            InsufficientStock: it was sold before it was there, and is not there yet (409).
            DependencyDeleted: a product or the warehouse is gone (409).
        """
        model.require_shipping(order)
        after = model.fulfilled(order, taken_from(order.left_to_ship, command.lines))
        cause = Cause(MovementType.FULFILMENT, "order", _reference_to(order))
        movements = self._move(order, after, cause, units_of(command.lines))
        return self._staged(order, _with_costs(order, after, movements))

    def take_back(self, order: Order, command: ReturnOrder) -> Order:
        """Stage that some of what was shipped, or all of it, came back, and return the order.

        Raises:
            InvalidState: nothing was shipped that has not come back (409).
            InvalidRequest: a product that the order does not have (422).
            ExceedsRemaining: more is named than was shipped and has not come back (409).
            DependencyDeleted: a product or the warehouse is gone (409).
        """
        model.require_shipped(order)
        after = model.returned(order, taken_from(order.left_to_return, command.lines))
        cause = Cause(MovementType.RETURN, command.reason, _reference_to(order))
        self._move(order, after, cause, units_of(command.lines), restocked=command.restock)
        return self._staged(order, after)

    def _move(
        self,
        before: Order,
        after: Order,
        cause: Cause,
        units: Mapping[ProductId, Units] = NO_UNITS,
        *,
        restocked: bool = True,
    ) -> Sequence[Movement]:
        now = self.clock()
        changes = stock_changes(before, after, restocked=restocked)
        with self._judging(before):
            holdings = self._holdings(before, now)
            return self.ledger.move(changes, holdings, cause=cause, now=now, units=units)

    @contextmanager
    def _judging(self, order: Order) -> Iterator[None]:
        """Let stock refuse a step only if the order is still what it was.

        The order and the levels are read one after the other. If somebody took the order a step further in between,
        the levels are already those of that step, and what they say of this one is not true.

        Raises:
            ConcurrentChange: the order changed meanwhile, so the request is run again.
        """
        try:
            yield
        except (InsufficientStock, SerialNumbersUnavailable):
            if self.orders.get(order.id).version != order.version:
                raise ConcurrentChange from None
            raise

    def _holdings(self, order: Order, now: datetime) -> Holdings:
        holdings = self.ledger.read(order.places, now)
        require_kept(holdings, order.places)
        return holdings

    def _staged(self, before: Order, after: Order) -> Order:
        return stage_change(before, after, resources=self.orders, clock=self.clock)


def reserve(before: Order, after: Order, holdings: Holdings, *, ledger: StockLedger, now: datetime) -> None:
    """Stage that what an order asks for is promised to it.

    Raises:
        InsufficientStock: there is less than it asks for (409).
    """
    cause = Cause(MovementType.RESERVATION, "order", _reference_to(after))
    ledger.move(stock_changes(before, after), holdings, cause=cause, now=now)


def require_future(until: datetime | None, now: datetime) -> None:
    """Let a reservation end only after it has begun.

    Raises:
        InvalidRequest: the time has come already (422).
    """
    if until is not None and until <= now:
        raise InvalidRequest([FieldError("/reservedUntil", "has to lie in the future")])


def _with_costs(before: Order, after: Order, movements: Sequence[Movement]) -> Order:
    """Return the order with what its lines were worth in stock, which is known only when they have left it.

    A movement may be of several lines, where kits share components; each takes its part of what it was worth.
    """
    moved = {movement.product_id: movement for movement in movements}
    lines = []
    for old, new in zip(before.lines, after.lines, strict=True):
        shipped = new.fulfilled - old.fulfilled
        parts = new.components or (Component(new.product_id, Decimal(1)),)
        costs = [_share(moved.get(part.product_id), shipped * part.quantity) for part in parts]
        lines.append(replace(new, cost=new.cost + sum(costs, NOTHING)))
    return replace(after, lines=tuple(lines))


def _share(movement: Movement | None, quantity: Decimal) -> Decimal:
    if movement is None or not movement.quantity:
        return NOTHING
    if movement.quantity == -quantity:
        return -movement.value
    return (movement.value * quantity / movement.quantity).quantize(COST_PRECISION, ROUND_HALF_EVEN)


def _reference_to(order: Order) -> Reference:
    return Reference("order", order.id)
