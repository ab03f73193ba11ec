"""What reports read: the few attributes of levels and movements that they add up, a bounded number for each request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, TypeVar

from nexstock.auth.principals import Tenant
from nexstock.ids import first_id, made_at
from nexstock.persistence.indexes import Index, Lookup
from nexstock.persistence.keys import Kind
from nexstock.persistence.projections import Row, read_index, read_partition
from nexstock.persistence.tenant_items import Page
from nexstock.stock.model import MovementType
from nexstock.stock.repository import StockLevelItem, StockMovementItem
from nexstock.stock.valuation import CostLayer, Valuation

T = TypeVar("T")

_PAGE: Final = 1_000

_OF_LEVELS: Final = (
    StockLevelItem.product_id,
    StockLevelItem.warehouse_id,
    StockLevelItem.on_hand,
    StockLevelItem.worth,
    StockLevelItem.layers,
)
_OF_MOVEMENTS: Final = (
    StockMovementItem.warehouse_id,
    StockMovementItem.type,
    StockMovementItem.quantity,
    StockMovementItem.value,
    StockMovementItem.revenue,
    StockMovementItem.currency,
    StockMovementItem.gsi4_sk,
)
_SALES: Final = frozenset({MovementType.FULFILMENT, MovementType.RETURN})


@dataclass(frozen=True, slots=True)
class LevelReading:
    """What lies of a product in a warehouse, and what it is worth in minor units of the organization's currency."""

    product_id: str
    warehouse_id: str
    on_hand: Decimal
    valuation: Valuation


@dataclass(frozen=True, slots=True)
class MovementReading:
    """What a movement changed of what lies in a warehouse and of its value; `revenue` is what it was sold for."""

    warehouse_id: str
    at: datetime
    is_sale: bool
    """Whether it was a fulfilment or a return of one."""
    quantity: Decimal
    value: Decimal
    revenue: int
    currency: str | None


class Readings(Protocol):
    """Levels and movements of one organization, as far as reports need them."""

    @property
    def most(self) -> int:
        """How many of them one request reads."""

    def levels(self, after: str | None, *, most: int) -> Iterator[Page[LevelReading]]:
        """Give up to `most` levels by product, in pages."""

    def movements(
        self, since: datetime, until: datetime, after: str | None, *, most: int
    ) -> Iterator[Page[MovementReading]]:
        """Give up to `most` movements that were made at `since` or later, before `until`, in pages, oldest first."""


class StockReadings:
    """Levels and movements of exactly one organization, as far as reports need them.

    Args:
        tenant: the organization.
        most: how many of them one request reads; as they are, some megabytes, far within a function's ten seconds.
    """

    def __init__(self, tenant: Tenant, *, most: int = 5_000) -> None:
        self._organization_id = tenant.organization_id
        self.most = most

    def levels(self, after: str | None, *, most: int) -> Iterator[Page[LevelReading]]:
        """Give up to `most` levels by product, in pages, read consistently."""

        def page(position: str | None, limit: int) -> Page[LevelReading]:
            rows, last = read_partition(
                self._organization_id, Kind.STOCK_LEVEL, _OF_LEVELS, limit=limit, after=position
            )
            return Page([_level(row) for row in rows], last)

        return _in_pages(page, after, most)

    def movements(
        self, since: datetime, until: datetime, after: str | None, *, most: int
    ) -> Iterator[Page[MovementReading]]:
        """Give up to `most` movements of what lies in stock that were made at `since` or later, before `until`.

        They come in the order in which they were made, in pages, from an index that follows the table within moments.
        """
        lookup = Lookup(
            Index.GSI4, "ALL", at_least=first_id("mov", since), at_most=first_id("mov", until), newest_first=False
        )

        def page(position: str | None, limit: int) -> Page[MovementReading]:
            rows, last = read_index(
                self._organization_id, Kind.STOCK_MOVEMENT, lookup, _OF_MOVEMENTS, limit=limit, after=position
            )
            return Page([_movement(row) for row in rows], last)

        return _in_pages(page, after, most)


def _in_pages(page: Callable[[str | None, int], Page[T]], after: str | None, most: int) -> Iterator[Page[T]]:
    left, position = most, after
    while left > 0:
        found = page(position, min(left, _PAGE))
        yield found
        position = found.last_key
        if position is None:
            return
        # A page of DynamoDB ends at a megabyte, and is then short, but never empty where more follows.
        left -= len(found.items)


def _level(row: Row) -> LevelReading:
    layers = tuple(CostLayer(layer["quantity"], layer["value"]) for layer in row[StockLevelItem.layers])
    return LevelReading(
        product_id=row[StockLevelItem.product_id],
        warehouse_id=row[StockLevelItem.warehouse_id],
        on_hand=row[StockLevelItem.on_hand],
        valuation=Valuation(row[StockLevelItem.worth], layers),
    )


def _movement(row: Row) -> MovementReading:
    return MovementReading(
        warehouse_id=row[StockMovementItem.warehouse_id],
        at=made_at(row[StockMovementItem.gsi4_sk]),
        is_sale=row[StockMovementItem.type] in _SALES,
        quantity=row[StockMovementItem.quantity],
        value=row[StockMovementItem.value],
        revenue=int(row.get(StockMovementItem.revenue) or 0),
        currency=row.get(StockMovementItem.currency),
    )
