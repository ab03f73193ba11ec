"""Whether there is stock of something that is to be deleted, or kept in another way."""

from collections.abc import Sequence
from typing import Final, Protocol

from nexstock.ids import ProductId, WarehouseId
from nexstock.resources.errors import InUse
from nexstock.stock.model import StockLevel

_STOCK: Final = "stock"
_MOST_LEVELS: Final = 80
"""What a transaction has room to check beside the change that it is for."""


class Levels(Protocol):
    """The levels of one organization, as far as it is asked whether they are empty."""

    def list_of_product(self, product_id: ProductId, *, limit: int) -> Sequence[StockLevel]:
        """Return up to `limit` levels of a product, read consistently."""

    def require_unmoved(self, level: StockLevel) -> None:
        """Stage that a level is still as it was read."""

    def has_any_in(self, warehouse_id: WarehouseId) -> bool:
        """Tell whether something lies in a warehouse, is promised from it, or is on its way to it."""


def require_no_stock_of(product_id: ProductId, *, levels: Levels) -> None:
    """Let a product change if there is none of it, and stage that it stays so until the commit.

    Raises:
        InUse: some lies in a warehouse, is promised or is on its way; or it was in more warehouses than a transaction
            has room to check (409).
        ConcurrentChange: at the commit, if stock of it moved meanwhile.
    """
    standing = levels.list_of_product(product_id, limit=_MOST_LEVELS + 1)
    if len(standing) > _MOST_LEVELS or not all(level.is_empty for level in standing):
        raise InUse(_STOCK)
    for level in standing:
        levels.require_unmoved(level)


def require_no_stock_in(warehouse_id: WarehouseId, *, levels: Levels) -> None:
    """Let a warehouse go if it is empty.

    An index is asked, which may miss what came in a moment ago; then nothing of it is lost, and the warehouse can be
    restored.

    Raises:
        InUse: something lies there, is promised from there or is on its way there (409).
    """
    if levels.has_any_in(warehouse_id):
        raise InUse(_STOCK)
