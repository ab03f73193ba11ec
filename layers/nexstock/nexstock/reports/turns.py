"""Stock turns: what was sold in a span had cost so many times what lay in stock, on average, in that span.

What stock was worth at an instant in the past follows from what it is worth now, less what movements have changed since
then. Levels are read first and movements up to that moment after them; what moves while the report is read may be on
one side only, which is the one inexactness here. Values are those by the moving average.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final, Self

from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.reports.readings import MovementReading, Readings
from nexstock.reports.spans import Span
from nexstock.reports.sums import exact_sum
from nexstock.stock.model import NOTHING

_DAY_S: Final = 86_400
_PLACES: Final = 4


@dataclass(frozen=True, slots=True)
class Turnover:
    """What stock was worth at both ends of a span, and what that had cost which was sold in between."""

    opening: Decimal = NOTHING
    closing: Decimal = NOTHING
    cost_of_goods_sold: Decimal = NOTHING

    def plus(self, other: Self) -> Self:
        """Return both together."""
        return replace(
            self,
            opening=exact_sum(self.opening, other.opening),
            closing=exact_sum(self.closing, other.closing),
            cost_of_goods_sold=exact_sum(self.cost_of_goods_sold, other.cost_of_goods_sold),
        )

    @property
    def average(self) -> Decimal:
        """What stock was worth on average: half of both ends together."""
        return exact_sum(self.opening, self.closing) / 2

    @property
    def turns(self) -> float | None:
        """How often stock was sold; None where there was none to sell."""
        return round(float(self.cost_of_goods_sold / self.average), _PLACES) if self.average > 0 else None

    def days_in_stock(self, span: Span) -> float | None:
        """Return how many days stock lay before it was sold, on average; None where none lay, or none was sold."""
        if self.average <= 0 or self.cost_of_goods_sold <= 0:
            return None
        days = (span.end - span.start).total_seconds() / _DAY_S
        return round(days * float(self.average / self.cost_of_goods_sold), _PLACES)


@dataclass(slots=True)
class TurnoverSoFar:
    """The turnover by warehouse of what was read so far; exact once `is_complete`.

    `as_of` is when the first request read. `position` is that in the levels, or in the movements once `levels_read`.
    """

    span: Span
    as_of: datetime
    levels_read: bool = False
    position: str | None = None
    turnovers: dict[str, Turnover] = field(default_factory=dict)
    is_complete: bool = False

    @property
    def total(self) -> Turnover:
        """All warehouses together."""
        total = Turnover()
        for turnover in self.turnovers.values():
            total = total.plus(turnover)
        return total

    def add(self, warehouse_id: str, turnover: Turnover) -> None:
        """Add to one warehouse."""
        self.turnovers[warehouse_id] = self.turnovers.get(warehouse_id, Turnover()).plus(turnover)

    def carried(self) -> str | None:
        """Return what the next request goes on from; None where everything is summed up."""
        if self.is_complete:
            return None
        sums = {
            each: [str(value) for value in (turnover.opening, turnover.closing, turnover.cost_of_goods_sold)]
            for each, turnover in self.turnovers.items()
        }
        times = [to_rfc3339(at) for at in (self.span.start, self.span.end, self.as_of)]
        return json.dumps([*times, self.levels_read, self.position, sums])


def begun(span: Span, now: datetime, carried: str | None) -> TurnoverSoFar:
    """Return where a request begins: anew, or where the request before stopped."""
    if carried is None:
        return TurnoverSoFar(span, as_of=now)
    start, end, as_of, levels_read, position, sums = json.loads(carried)
    first = replace(span, start=from_rfc3339(start), end=from_rfc3339(end))
    return TurnoverSoFar(first, from_rfc3339(as_of), levels_read, position, _turnovers(sums))


def sum_up_turnover(readings: Readings, so_far: TurnoverSoFar, warehouse_id: str | None) -> TurnoverSoFar:
    """Return the turnover as far as one request gets."""
    budget = readings.most
    if not so_far.levels_read:
        budget -= _add_levels(readings, so_far, warehouse_id)
    if so_far.levels_read and budget > 0:
        _add_movements(readings, so_far, warehouse_id, budget)
    return so_far


def _add_levels(readings: Readings, so_far: TurnoverSoFar, warehouse_id: str | None) -> int:
    read = 0
    for page in readings.levels(so_far.position, most=readings.most):
        read += len(page.items)
        for level in page.items:
            if warehouse_id in {None, level.warehouse_id}:
                worth = level.valuation.average
                so_far.add(level.warehouse_id, Turnover(opening=worth, closing=worth))
        so_far.position = page.last_key
    so_far.levels_read = so_far.position is None
    return read


def _add_movements(readings: Readings, so_far: TurnoverSoFar, warehouse_id: str | None, budget: int) -> None:
    span = so_far.span
    # What is to come has moved nothing yet.
    if span.start < so_far.as_of:
        for page in readings.movements(span.start, so_far.as_of, so_far.position, most=budget):
            for movement in page.items:
                if warehouse_id in {None, movement.warehouse_id}:
                    so_far.add(movement.warehouse_id, _turnover(movement, span))
            so_far.position = page.last_key
    so_far.is_complete = so_far.position is None


def _turnover(movement: MovementReading, span: Span) -> Turnover:
    within = movement.at < span.end
    return Turnover(
        opening=-movement.value,
        closing=NOTHING if within else -movement.value,
        cost_of_goods_sold=-movement.value if within and movement.is_sale else NOTHING,
    )


def _turnovers(sums: Mapping[str, list[str]]) -> dict[str, Turnover]:
    return {each: Turnover(*map(Decimal, values)) for each, values in sums.items()}
