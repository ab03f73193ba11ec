"""Counts on the wire."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from nexstock.counts.model import Count, CountLine
from nexstock.http.schemas import Command, Instant, Name, PlainText, Quantity, SignedQuantity, View
from nexstock.products.schemas import Category
from nexstock.stock.schemas import Note

_MOST_PRODUCTS = 200
_MOST_LINES = 90
"""With the sheet, and the record of an idempotency key, within one transaction."""

ProductIdText = Annotated[PlainText, StringConstraints(max_length=64)]


class CreateCount(Command):
    """A new count sheet for a warehouse: for all products, for some, or for those of a category."""

    warehouse_id: str
    product_ids: Annotated[tuple[ProductIdText, ...], Field(min_length=1, max_length=_MOST_PRODUCTS)] | None = None
    category: Category | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _say_one(self) -> Self:
        if self.product_ids is not None and self.category is not None:
            message = "name either productIds or category"
            raise ValueError(message)
        return self


class CountedLine(Command):
    """What was counted of a product, just now."""

    product_id: str
    counted: Quantity
    note: Note | None = None


class RecordLines(Command):
    """Some of what was counted; a product that was counted before is counted anew."""

    lines: Annotated[tuple[CountedLine, ...], Field(min_length=1, max_length=_MOST_LINES)]


class ProgressView(View):
    """How many lines there are, differ from what the level said, are posted, and were refused.

    `expected` is how many there will be, where the sheet is for certain products.
    """

    expected: int | None
    counted: int
    differing: int
    posted: int
    refused: int


class CountView(View):
    """A count sheet."""

    id: str
    status: str
    warehouse_id: str
    name: str | None
    category: str | None
    product_ids: list[str] | None
    progress: ProgressView
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, count: Count) -> Self:
        """Return the view of a sheet."""
        progress = count.progress
        return cls(
            id=count.id,
            status=count.status,
            warehouse_id=count.warehouse_id,
            name=count.name,
            category=count.category,
            product_ids=list(count.product_ids) or None,
            progress=ProgressView(
                expected=len(count.product_ids) or None,
                counted=progress.counted,
                differing=progress.differing,
                posted=progress.posted,
                refused=progress.refused,
            ),
            version=count.version,
            created_at=count.created_at,
            updated_at=count.updated_at,
        )


class CountLineView(View):
    """What was counted of a product.

    `expected` is what the level said at that moment; `difference` is what is posted, whatever moved since. `refusal`
    says why it could not be.
    """

    product_id: str
    counted: SignedQuantity
    expected: SignedQuantity
    difference: SignedQuantity
    level_version: int
    counted_at: Instant
    note: str | None
    status: str
    refusal: str | None

    @classmethod
    def of(cls, line: CountLine) -> Self:
        """Return the view of a line."""
        return cls(
            product_id=line.product_id,
            counted=line.counted,
            expected=line.on_hand,
            difference=line.difference,
            level_version=line.level_version,
            counted_at=line.counted_at,
            note=line.note,
            status=line.status,
            refusal=line.refusal,
        )
