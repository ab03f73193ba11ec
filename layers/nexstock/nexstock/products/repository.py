"""Products in DynamoDB: `ORG#<organization>#PRODUCT` / `<product id>`, SKUs claimed below `#UNIQUE`."""

from collections.abc import Sequence
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, MapAttribute, UnicodeAttribute

from nexstock.ids import ProductId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, DecimalAttribute, TextMapAttribute, batch_get, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository, UniqueClaim
from nexstock.products.errors import SkuTaken
from nexstock.products.model import Money, Product

_LONGEST_SKU: Final = 64


class ProductItem(TenantItem):
    """A product as it is stored; attribute names are those of the API, so that the audit's diff speaks its words."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    sku = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute(null=True)
    unit = UnicodeAttribute()
    price: MapAttribute[str, Any] = MapAttribute(null=True)
    cost: MapAttribute[str, Any] = MapAttribute(null=True)
    barcodes = text_list(null=True)
    category = UnicodeAttribute(null=True)
    attributes = TextMapAttribute(null=True)
    reorder_point = DecimalAttribute(attr_name="reorderPoint", null=True)
    reorder_quantity = DecimalAttribute(attr_name="reorderQuantity", null=True)
    allow_backorder = BooleanAttribute(attr_name="allowBackorder")


class ProductRepository(TenantRepository[Product, ProductItem]):
    """Products of exactly one organization."""

    kind = Kind.PRODUCT
    prefix = "prd"
    item_type = ProductItem

    def add(self, entity: Product) -> None:
        """Stage a new product and the claim of its SKU."""
        super().add(entity)
        self._claim_sku(entity)

    def change(self, before: Product, after: Product) -> None:
        """Stage the next version; the SKU is claimed while the product is not deleted."""
        self.replace(after)
        held = before.sku if before.deleted_at is None else None
        wanted = after.sku if after.deleted_at is None else None
        if held == wanted:
            return
        if held is not None:
            self.release("SKU", held, owner_id=before.id)
        if wanted is not None:
            self._claim_sku(after)

    def by_sku(self, skus: Sequence[str]) -> dict[str, Product]:
        """Return those that have one of up to 100 SKUs, by their SKU, in two calls."""
        # What is no SKU is nobody's, and might be longer than a key can be.
        possible = [sku for sku in dict.fromkeys(skus) if 0 < len(sku) <= _LONGEST_SKU]
        claims = [self._claim("SKU", sku) for sku in possible]
        found = batch_get([(UniqueClaim, claim.pk, claim.sk) for claim in claims]) if claims else []
        owners = [claim.owner_id for claim in found if isinstance(claim, UniqueClaim)]
        return {product.sku: product for product in self.get_many(owners)}

    def _claim_sku(self, product: Product) -> None:
        self.claim("SKU", product.sku, owner_id=product.id, taken=SkuTaken())

    def _to_item(self, entity: Product) -> ProductItem:
        return ProductItem(
            sku=entity.sku,
            name=entity.name,
            description=entity.description,
            unit=entity.unit,
            price=_money_map(entity.price),
            cost=_money_map(entity.cost),
            barcodes=list(entity.barcodes) or None,
            category=entity.category,
            attributes=dict(entity.attributes) or None,
            reorder_point=entity.reorder_point,
            reorder_quantity=entity.reorder_quantity,
            allow_backorder=entity.allow_backorder,
        )

    def _to_entity(self, item: ProductItem) -> Product:
        return Product(
            id=ProductId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            sku=item.sku,
            name=item.name,
            description=item.description,
            unit=item.unit,
            price=_money(item.price),
            cost=_money(item.cost),
            barcodes=tuple(item.barcodes or ()),
            category=item.category,
            attributes=item.attributes or {},
            reorder_point=item.reorder_point,
            reorder_quantity=item.reorder_quantity,
            allow_backorder=item.allow_backorder,
        )


def _money_map(money: Money | None) -> dict[str, Any] | None:
    return None if money is None else {"amount": money.amount, "currency": money.currency}


def _money(stored: MapAttribute[str, Any] | None) -> Money | None:
    if stored is None:
        return None
    values = stored.as_dict()
    return Money(int(values["amount"]), values["currency"])
