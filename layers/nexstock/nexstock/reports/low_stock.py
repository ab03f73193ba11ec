"""What is low or out of stock, with what is to be ordered of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nexstock.ids import WarehouseId
from nexstock.persistence.tenant_items import Page
from nexstock.products.model import Product
from nexstock.stock.model import StockLevel


class Products(Protocol):
    """The products of one organization, as far as this report needs them."""

    def get_many(self, sort_keys: Sequence[str]) -> list[Product]:
        """Return those of up to 100 that are here and not deleted."""


class Levels(Protocol):
    """The levels of one organization, as far as this report needs them."""

    def list_low(self, warehouse_id: WarehouseId | None, *, limit: int, after: str | None) -> Page[StockLevel]:
        """Return the levels that are low or out, by warehouse."""


@dataclass(frozen=True, slots=True)
class LowStock:
    """A level at or below its product's reorder point, beside the product."""

    level: StockLevel
    product: Product


def list_low_stock(
    levels: Levels, products: Products, warehouse_id: str | None, *, limit: int, after: str | None
) -> Page[LowStock]:
    """Return up to `limit` levels that are low or out, by warehouse; those of deleted products are not among them."""
    page = levels.list_low(None if warehouse_id is None else WarehouseId(warehouse_id), limit=limit, after=after)
    ids = list(dict.fromkeys(level.product_id for level in page.items))
    present = {product.id: product for product in products.get_many(ids)}
    low = [LowStock(level, present[level.product_id]) for level in page.items if level.product_id in present]
    return Page(low, page.last_key)
