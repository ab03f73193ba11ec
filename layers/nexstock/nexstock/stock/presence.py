"""Whether there is stock of something that is to be deleted, or kept in another way."""

from nexstock.ids import ProductId, WarehouseId
from nexstock.resources.errors import InUse
from nexstock.stock.repository import StockLevelRepository

_STOCK = "stock"
_MOST_LEVELS = 90
"""What a transaction has room to check beside the change that it is for."""


class StockPresence:
    """Asks after the stock of exactly one organization."""

    def __init__(self, levels: StockLevelRepository) -> None:
        self._levels = levels

    def require_none_of(self, product_id: ProductId) -> None:
        """Let a product go if there is none of it, and stage that it stays so until the commit.

        Raises:
            InUse: some lies in a warehouse, is promised or is on its way (409); or it was in more warehouses than a
                transaction has room to check.
            ConcurrentChange: at the commit, if stock of it moved meanwhile.
        """
        page = self._levels.list_filtered(product_id, None, limit=_MOST_LEVELS, after=None)
        if page.last_key is not None or not all(level.is_empty for level in page.items):
            raise InUse(_STOCK)
        for level in page.items:
            self._levels.require_unmoved(level)

    def require_none_in(self, warehouse_id: WarehouseId) -> None:
        """Let a warehouse go if it is empty.

        An index is asked, which may miss what came in a moment ago; then nothing of it is lost, and the warehouse can
        be restored.

        Raises:
            InUse: something lies there, is promised from there or is on its way there (409).
        """
        if self._levels.has_any_in(warehouse_id):
            raise InUse(_STOCK)
