"""Products, and the repository of the products service without a table."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from nexstock.errors import NotFound
from nexstock.ids import ProductId, new_id
from nexstock.products.model import Money, Product

MADE_AT: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_product(**changes: Any) -> Product:  # noqa: ANN401 (fields of a product)
    """Return a product with every field set, with the given ones instead."""
    product = Product(
        id=ProductId(new_id("prd", MADE_AT)),
        version=3,
        created_at=MADE_AT,
        updated_at=MADE_AT,
        sku="BOLT-8",
        name="Bolt M8",
        description="Zinc plated",
        unit="box",
        price=Money(1999, "USD"),
        cost=Money(700, "USD"),
        barcodes=("4006381333931",),
        category="fasteners",
        attributes={"thread": "M8", "length": "40 mm"},
        reorder_point=Decimal("12.5"),
        reorder_quantity=Decimal(100),
        allow_backorder=True,
    )
    return replace(product, **changes)


@dataclass
class StagedProducts:
    """Meets the service's `Products` protocol; remembers what was staged and never commits anything."""

    stored: list[Product] = field(default_factory=list)
    added: list[Product] = field(default_factory=list)
    changed: list[tuple[Product, Product]] = field(default_factory=list)

    def get(self, entity_id: str) -> Product:
        """Return one that is not deleted."""
        product = self.get_even_deleted(entity_id)
        if product.deleted_at is not None:
            raise NotFound
        return product

    def get_even_deleted(self, entity_id: str) -> Product:
        """Return one, deleted or not."""
        for product in self.stored:
            if product.id == entity_id:
                return product
        raise NotFound

    def add(self, entity: Product) -> None:
        """Remember a new one."""
        self.added.append(entity)

    def change(self, before: Product, after: Product) -> None:
        """Remember a next version."""
        self.changed.append((before, after))
