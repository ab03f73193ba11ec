"""Products in DynamoDB: `ORG#<organization>#PRODUCT` / `<product id>`, SKUs claimed below `#UNIQUE`."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import BooleanAttribute, MapAttribute, UnicodeAttribute

from nexstock.ids import ProductId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, DecimalAttribute, TextMapAttribute, text_list
from nexstock.persistence.tenant_items import TenantItem
from nexstock.products.errors import SkuTaken
from nexstock.products.model import Money, Product
from nexstock.resources.repository import ResourceRepository, UniqueValue


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


class ProductRepository(ResourceRepository[Product, ProductItem]):
    """Products of exactly one organization."""

    kind = Kind.PRODUCT
    prefix = "prd"
    item_type = ProductItem

    def _unique_values(self, entity: Product) -> Sequence[UniqueValue]:
        return (UniqueValue("SKU", entity.sku, SkuTaken()),)

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
