"""Reconciliations on the wire."""

from collections.abc import Sequence
from typing import Self

from nexstock.http.schemas import SignedQuantity, View
from nexstock.stock.reconciliation import Reconciliation


class QuantitiesView(View):
    """What lies in stock, is reserved, and is on its way."""

    on_hand: SignedQuantity
    reserved: SignedQuantity
    incoming: SignedQuantity


class MovementRangeView(View):
    """How many movements there are; they are numbered from `first` to `last` without a gap unless some are missing."""

    first: int
    last: int
    count: int
    missing: int


class ReservationView(View):
    """What one order still has reserved."""

    order_id: str
    quantity: SignedQuantity


class ReconciliationView(View):
    """A level beside the sums of its movements.

    `drift` is what the level says more than its movements do. `reservations` is null where a level has more movements
    than one request reads.
    """

    product_id: str
    warehouse_id: str
    level: QuantitiesView
    sums: QuantitiesView
    drift: QuantitiesView
    movements: MovementRangeView
    reservations: Sequence[ReservationView] | None
    intact: bool

    @classmethod
    def of(cls, row: Reconciliation) -> Self:
        """Return the view of a reconciliation."""
        level, sums = row.level, row.sums
        open_ones = None if row.reservations is None else sorted(row.reservations.items())
        return cls(
            product_id=level.product_id,
            warehouse_id=level.warehouse_id,
            level=QuantitiesView(on_hand=level.on_hand, reserved=level.reserved, incoming=level.incoming),
            sums=QuantitiesView(on_hand=sums.on_hand, reserved=sums.reserved, incoming=sums.incoming),
            drift=QuantitiesView(
                on_hand=level.on_hand - sums.on_hand,
                reserved=level.reserved - sums.reserved,
                incoming=level.incoming - sums.incoming,
            ),
            movements=MovementRangeView(
                first=min(1, level.version),
                last=level.version,
                count=sums.movements,
                missing=level.version - sums.movements,
            ),
            reservations=None
            if open_ones is None
            else [ReservationView(order_id=order_id, quantity=quantity) for order_id, quantity in open_ones],
            intact=row.is_intact,
        )
