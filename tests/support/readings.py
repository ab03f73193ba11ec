"""Levels and movements for reports, without a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from nexstock.persistence.tenant_items import Page
from nexstock.reports.readings import LevelReading, MovementReading
from nexstock.stock.valuation import CostLayer, Valuation

T = TypeVar("T")


@dataclass
class ListedReadings:
    """Meets the reports' `Readings` protocol; positions are places in the lists.

    `most` is how many levels and movements one request reads, `page` how many one page holds.
    """

    level_readings: Sequence[LevelReading] = ()
    movement_readings: Sequence[MovementReading] = ()
    most: int = 1_000
    page: int = 1_000
    asked: list[int] = field(default_factory=list)

    def levels(self, after: str | None, *, most: int) -> Iterator[Page[LevelReading]]:
        """Give levels."""
        return self._in_pages(self.level_readings, after, most)

    def movements(
        self, since: datetime, until: datetime, after: str | None, *, most: int
    ) -> Iterator[Page[MovementReading]]:
        """Give movements of a time."""
        within = [movement for movement in self.movement_readings if since <= movement.at < until]
        return self._in_pages(within, after, most)

    def _in_pages(self, entries: Sequence[T], after: str | None, most: int) -> Iterator[Page[T]]:
        self.asked.append(most)
        begin = int(after or 0)
        end = min(begin + most, len(entries))
        for first in range(begin, max(end, begin + 1), self.page):
            last = min(first + self.page, end)
            yield Page(list(entries[first:last]), str(last) if last < len(entries) else None)


def a_level(product: str, warehouse: str, on_hand: str, average: str, fifo: str | None = None) -> LevelReading:
    """Return the reading of a level; by first in, first out it is worth the same unless said otherwise."""
    layers = (CostLayer(Decimal(on_hand), Decimal(average if fifo is None else fifo)),)
    return LevelReading(product, warehouse, Decimal(on_hand), Valuation(Decimal(average), layers))


def a_movement(  # noqa: PLR0913 (the parts of a movement)
    at: datetime,
    value: str,
    *,
    quantity: str = "0",
    warehouse: str = "whs_1",
    revenue: int | None = None,
    currency: str | None = None,
) -> MovementReading:
    """Return the reading of a movement; one with a revenue is a sale."""
    return MovementReading(
        warehouse_id=warehouse,
        at=at,
        is_sale=revenue is not None,
        quantity=Decimal(quantity),
        value=Decimal(value),
        revenue=revenue or 0,
        currency=currency,
    )
