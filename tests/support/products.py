"""Products with every field set."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from nexstock.ids import ProductId, SupplierId, new_id
from nexstock.products.model import Money, Product, Tracking

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
        supplier_id=SupplierId("sup_01JD0000000000000000000000"),
        tracking=Tracking.LOT,
        archived=True,
    )
    return replace(product, **changes)
