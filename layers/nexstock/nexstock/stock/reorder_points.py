"""A level's state is judged by its product's reorder point, so it changes with that in one transaction.

Levels keep the version of the product that they were judged by. A movement that read the product before its reorder
point changed can therefore not bring the old judgement back: it is refused, and done again.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from nexstock.clock import Clock, utc_now
from nexstock.errors import TooManyChanges
from nexstock.ids import ProductId
from nexstock.products.model import Product
from nexstock.stock.model import StockLevel

_MOST_LEVELS: Final = 90
"""Beside the product, its claims and an idempotency record (AWS: TransactWriteItems, 100 items)."""


class Levels(Protocol):
    """The levels of one organization, as far as they are judged anew."""

    def list_of_product(self, product_id: ProductId, *, limit: int) -> Sequence[StockLevel]:
        """Return up to `limit` levels of a product, read consistently."""

    def restate(self, entity: StockLevel) -> None:
        """Stage a level whose state is judged anew."""


def follow_reorder_point(before: Product, after: Product, *, levels: Levels, clock: Clock = utc_now) -> None:
    """Stage that the levels of a product are judged by its new reorder point; who falls to it is told of once.

    Raises:
        TooManyChanges: the product lies in more warehouses than one transaction can write (422).
    """
    if before.reorder_point == after.reorder_point:
        return
    standing = levels.list_of_product(after.id, limit=_MOST_LEVELS + 1)
    if len(standing) > _MOST_LEVELS:
        raise TooManyChanges
    now = clock()
    for level in standing:
        levels.restate(level.judged_by(after, now))
