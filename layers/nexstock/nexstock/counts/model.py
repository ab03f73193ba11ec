"""A count sheet, its lines, and the states of both; no input or output here.

People count while stock goes on moving, so what was counted is compared with what the level said when it was counted,
and the difference is posted, not the number: what came in or went out since is no mistake of the count.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from nexstock.errors import InvalidState
from nexstock.ids import CountId, ProductId, WarehouseId
from nexstock.products.model import Product
from nexstock.resources.model import Resource


class CountStatus(StrEnum):
    """How far a count is."""

    OPEN = "open"
    POSTING = "posting"
    POSTED = "posted"
    CANCELLED = "cancelled"


class LineStatus(StrEnum):
    """What became of a line."""

    COUNTED = "counted"
    POSTED = "posted"
    REFUSED = "refused"


class Refusal(StrEnum):
    """Why a difference could not be posted."""

    INSUFFICIENT_STOCK = "insufficient_stock"
    DELETED = "deleted"
    KEPT_OTHERWISE = "kept_otherwise"
    """It has become a kit, or is kept by lots or serial numbers by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """The lines of a sheet: how many there are, differ from the level, are posted, and were refused."""

    counted: int = 0
    differing: int = 0
    posted: int = 0
    refused: int = 0

    def plus(self, line: "CountLine", times: int = 1) -> "Progress":
        """Return the progress with a line more, or with `times` -1 without one that it has."""
        return Progress(
            counted=self.counted + times,
            differing=self.differing + (times if line.difference else 0),
            posted=self.posted + (times if line.status is LineStatus.POSTED else 0),
            refused=self.refused + (times if line.status is LineStatus.REFUSED else 0),
        )

    def with_change(self, before: "CountLine | None", after: "CountLine") -> "Progress":
        """Return the progress after a line has become another."""
        return (self if before is None else self.plus(before, -1)).plus(after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Resource):
    """A count sheet: what is found in a warehouse, of all products, of some, or of one category.

    `posted_through` is the key of the last line that was looked at while the sheet is being posted.
    """

    id: CountId
    warehouse_id: WarehouseId
    status: CountStatus
    name: str | None = None
    category: str | None = None
    product_ids: tuple[ProductId, ...] = ()
    progress: Progress = Progress()
    posted_through: str | None = None

    @property
    def event(self) -> str:
        """What this version came from, in the words of the events."""
        if self.version == 1:
            return "count.created"
        if self.status in {CountStatus.POSTED, CountStatus.CANCELLED}:
            return f"count.{self.status}"
        return "count.updated"

    def require(self, *allowed: CountStatus) -> None:
        """Let a step go on in some states only.

        Raises:
            InvalidState: the sheet is in another (409).
        """
        if self.status not in allowed:
            raise InvalidState(self.status)

    def covers(self, product: Product) -> bool:
        """Tell whether a product is one of those that the sheet is for."""
        if self.product_ids:
            return product.id in self.product_ids
        return self.category in {None, product.category}


@dataclass(frozen=True, slots=True, kw_only=True)
class CountLine:
    """What was counted of a product; `on_hand` and `level_version` are the level's at that moment."""

    count_id: CountId
    product_id: ProductId
    version: int
    created_at: datetime
    updated_at: datetime
    counted: Decimal
    on_hand: Decimal
    level_version: int
    counted_at: datetime
    note: str | None = None
    status: LineStatus = LineStatus.COUNTED
    refusal: Refusal | None = None

    @property
    def id(self) -> str:
        """The product, which stands on a sheet once."""
        return self.product_id

    @property
    def deleted_at(self) -> None:
        """A line is never deleted."""
        return

    @property
    def difference(self) -> Decimal:
        """How much more was found than the level said."""
        return self.counted - self.on_hand
