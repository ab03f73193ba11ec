"""Sales by period: what fulfilments brought in and cost, less what came back.

Movements are read in the order in which they were made, so a period is complete, and shown, once a later one begins.
What goes from one request to the next is the sums of the period that is not complete yet, and those of all so far.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Self

from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.reports.readings import MovementReading, Readings
from nexstock.reports.spans import Interval, Period, Span
from nexstock.reports.sums import exact_sum
from nexstock.stock.model import NOTHING

Sold = Mapping[str, "Sales"]
"""What was sold in each currency."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Revenue in minor units of one currency; what was sold had cost `cost`, in the organization's currency."""

    revenue: int = 0
    cost: Decimal = NOTHING
    units: Decimal = NOTHING

    def plus(self, other: Self) -> Self:
        """Return both together."""
        return replace(
            self,
            revenue=self.revenue + other.revenue,
            cost=exact_sum(self.cost, other.cost),
            units=exact_sum(self.units, other.units),
        )


_NONE: Final = Sales()


@dataclass(frozen=True, slots=True)
class SalesSoFar:
    """The periods that this request completed, what was sold in all so far, and what is carried on (None: no more)."""

    span: Span
    periods: Sequence[tuple[Period, Sold]]
    total: Sold
    carried: str | None


@dataclass(slots=True)
class _Sums:
    """The position in the movements, and what was sold up to there: in the period that is open, and in all."""

    position: str | None
    sold: dict[str, Sales]
    total: dict[str, Sales]


class SalesReport:
    """Sums up what one organization sold.

    Args:
        readings: what was moved.
        interval: how long a period is.
        warehouse_id: the one warehouse that the report is about; None: all.
        currency: the organization's, in which a sale without a price is.
    """

    def __init__(self, readings: Readings, interval: Interval, warehouse_id: str | None, *, currency: str) -> None:
        self._readings = readings
        self._interval = interval
        self._warehouse_id = warehouse_id
        self._currency = currency

    def summed_up(self, span: Span, carried: str | None) -> SalesSoFar:
        """Return the sales of a span as far as one request gets, from what the request before carried on.

        The span is that of the first request: "now" was earlier then.
        """
        span, day, sums = _opened(span, carried)
        periods = (each for each in span.periods(self._interval) if day is None or each.day >= day)
        period, done = next(periods), list[tuple[Period, Sold]]()
        for page in self._readings.movements(span.start, span.end, sums.position, most=self._readings.most):
            for movement in page.items:
                while movement.at >= period.end:
                    done.append((period, sums.sold))
                    period, sums.sold = next(periods), {}
                self._add(movement, sums)
            sums.position = page.last_key
        if sums.position is not None:
            return SalesSoFar(span, done, sums.total, _sealed(span, period.day, sums))
        done += [(period, sums.sold), *((each, {}) for each in periods)]
        return SalesSoFar(span, done, sums.total, None)

    def _add(self, movement: MovementReading, sums: _Sums) -> None:
        if not movement.is_sale or self._warehouse_id not in {None, movement.warehouse_id}:
            return
        currency = movement.currency or self._currency
        sale = Sales(movement.revenue, -movement.value, -movement.quantity)
        for sold in (sums.sold, sums.total):
            sold[currency] = sold.get(currency, _NONE).plus(sale)


def _sealed(span: Span, day: date, sums: _Sums) -> str:
    sold = ({each: _numbers(sales) for each, sales in those.items()} for those in (sums.sold, sums.total))
    return json.dumps([to_rfc3339(span.start), to_rfc3339(span.end), day.isoformat(), sums.position, *sold])


def _numbers(sales: Sales) -> tuple[int, str, str]:
    return sales.revenue, str(sales.cost), str(sales.units)


def _opened(span: Span, carried: str | None) -> tuple[Span, date | None, _Sums]:
    if carried is None:
        return span, None, _Sums(None, {}, {})
    start, end, day, position, sold, total = json.loads(carried)
    first = replace(span, start=from_rfc3339(start), end=from_rfc3339(end))
    return first, date.fromisoformat(day), _Sums(position, _sales(sold), _sales(total))


def _sales(numbers: Mapping[str, tuple[int, str, str]]) -> dict[str, Sales]:
    return {each: Sales(revenue, Decimal(cost), Decimal(units)) for each, (revenue, cost, units) in numbers.items()}
