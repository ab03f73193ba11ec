"""What a list of products can be narrowed to."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.persistence.indexes import folded
from nexstock.products.model import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """Filters that all have to hold; None narrows nothing.

    `search` is the beginning of a name or of a SKU, in whatever case.
    """

    sku: str | None = None
    barcode: str | None = None
    category: str | None = None
    updated_since: datetime | None = None
    search: str | None = None
    archived: bool | None = None

    def admits(self, product: Product) -> bool:
        """Tell whether a product is to be listed."""
        return (
            self.sku in {None, product.sku}
            and self.barcode in {None, *product.barcodes}
            and self.category in {None, product.category}
            and self.archived in {None, product.archived}
            and (self.updated_since is None or product.updated_at >= self.updated_since)
            and (self.finds(product.sku) or self.finds(product.name))
        )

    def finds(self, text: str) -> bool:
        """Tell whether a text begins as it is searched for."""
        return self.search is None or folded(text).startswith(folded(self.search))
