"""Products in DynamoDB: `ORG#<organization>#PRODUCT` / `<product id>`, SKUs claimed below `#UNIQUE`."""

from collections.abc import Sequence
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, MapAttribute, UnicodeAttribute

from nexstock.ids import ProductId, SupplierId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup, searchable
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, DecimalAttribute, RecordsAttribute, TextMapAttribute, text_list
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.products.errors import BarcodeTaken, ComponentUnavailable, SkuTaken
from nexstock.products.filters import ProductFilter
from nexstock.products.model import Component, Money, Product, Tracking
from nexstock.resources.errors import InUse
from nexstock.resources.repository import Part, ResourceRepository, UniqueValue, updated_entry, updated_since

_LONGEST_UNIQUE_VALUE: Final = 64


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
    supplier_id = UnicodeAttribute(attr_name="supplierId", null=True)
    tracking = UnicodeAttribute(null=True)
    components = RecordsAttribute(null=True)
    archived = BooleanAttribute(null=True)


class ProductRepository(ResourceRepository[Product, ProductItem]):
    """Products of exactly one organization."""

    kind = Kind.PRODUCT
    prefix = "prd"
    item_type = ProductItem
    used_by = "kits"

    def add(self, entity: Product) -> None:
        """Stage a new one, its SKU and barcodes claimed, its components in use."""
        super().add(entity)
        self._keep_components(frozenset(), entity)

    def change(self, before: Product, after: Product) -> None:
        """Stage the next version of one, with its claims and the uses of its components.

        Raises:
            InUse: at the commit, if it is a component and is to be deleted or to become what no component can be (409).
        """
        super().change(before, after)
        self._keep_components(_components_of(before), after)
        if after.deleted_at is None and before.fits_in_kits and not after.fits_in_kits:
            self._uses.require_none(after.id, otherwise=InUse(self.used_by))

    def list_page(self, wanted: ProductFilter, *, limit: int, after: str | None) -> Page[Product]:
        """Return up to `limit` products that a filter admits, after a position.

        One of the filters is answered by a key or an index, and the others are applied to what that finds. SKU and
        barcode are exact at once; a search is in the order of SKUs, then of names; `updated_since` has the product that
        changed last first; everything else the newest.
        """
        if wanted.sku is not None:
            return _admitted(self.page_of_owner("SKU", wanted.sku), wanted)
        if wanted.barcode is not None:
            return _admitted(self.page_of_owner("BARCODE", wanted.barcode), wanted)
        if wanted.search is not None:
            return self.find_in_turn(_search(wanted, wanted.search), limit=limit, after=after)
        if wanted.category is not None:
            lookup = Lookup(Index.GSI2, "CATEGORY", wanted.category)
            return self.find(lookup, limit=limit, after=after, keep=wanted.admits)
        if wanted.updated_since is not None:
            lookup = updated_since(wanted.updated_since)
            return self.find(lookup, limit=limit, after=after, keep=wanted.admits)
        return self.list_newest_first(limit=limit, after=after, keep=wanted.admits)

    def by_sku(self, skus: Sequence[str]) -> dict[str, Product]:
        """Return those that have one of up to 100 SKUs, by their SKU, in two calls."""
        return {product.sku: product for product in self.find_owners("SKU", _possible(skus))}

    def owners_of_barcodes(self, barcodes: Sequence[str]) -> dict[str, str]:
        """Return the ids of the products that have some barcodes, by the barcode, in a call for each 100."""
        return self.owner_ids("BARCODE", _possible(barcodes))

    def _unique_values(self, entity: Product) -> Sequence[UniqueValue]:
        barcodes = [UniqueValue("BARCODE", code, BarcodeTaken(place)) for place, code in enumerate(entity.barcodes)]
        return (UniqueValue("SKU", entity.sku, SkuTaken()), *barcodes)

    def _index_entries(self, entity: Product) -> Sequence[IndexEntry]:
        entries = [
            updated_entry(entity),
            IndexEntry(Index.GSI3, "NAME", "", searchable(entity.name)),
            IndexEntry(Index.GSI4, "SKU", "", searchable(entity.sku)),
        ]
        if entity.category is not None:
            entries.append(IndexEntry(Index.GSI2, "CATEGORY", entity.category, entity.id))
        return entries

    def _keep_components(self, held: frozenset[str], after: Product) -> None:
        wanted = _components_of(after)
        for product_id in sorted(held - wanted):
            self._uses.end(product_id)
        for product_id in sorted(wanted - held):
            self._uses.begin(product_id)
            self._tenant.transaction.check(
                ProductItem(self._pk, product_id),
                condition=ProductItem.pk.exists()
                & ProductItem.deleted_at.does_not_exist()
                & ProductItem.components.does_not_exist()
                & (ProductItem.tracking.does_not_exist() | (ProductItem.tracking != Tracking.SERIAL.value)),
                refusal=lambda _standing: ComponentUnavailable(),
            )

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
            supplier_id=entity.supplier_id,
            tracking=entity.tracking.value,
            components=_component_records(entity.components),
            archived=entity.archived,
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
            supplier_id=None if item.supplier_id is None else SupplierId(item.supplier_id),
            tracking=Tracking(item.tracking or Tracking.NONE),
            components=tuple(_component(record) for record in item.components or ()),
            archived=item.archived or False,
        )


def _possible(values: Sequence[str]) -> list[str]:
    """Return each value once, without those that are nobody's: they might be longer than a key can be."""
    return [value for value in dict.fromkeys(values) if 0 < len(value) <= _LONGEST_UNIQUE_VALUE]


def _components_of(product: Product) -> frozenset[str]:
    """Return which products a kit needs; a deleted one needs none."""
    return frozenset() if product.deleted_at else frozenset(each.product_id for each in product.components)


def _component_records(components: tuple[Component, ...]) -> list[dict[str, Any]] | None:
    return [{"productId": each.product_id, "quantity": each.quantity} for each in components] or None


def _component(record: dict[str, Any]) -> Component:
    return Component(ProductId(record["productId"]), record["quantity"])


def _search(wanted: ProductFilter, text: str) -> tuple[Part[Product], Part[Product]]:
    """Return those whose SKU begins so, and those whose name does and whose SKU does not."""
    prefix = searchable(text)
    return (
        Part(
            Lookup(Index.GSI4, "SKU", prefix=prefix, newest_first=False),
            lambda product: wanted.finds(product.sku) and wanted.admits(product),
        ),
        Part(
            Lookup(Index.GSI3, "NAME", prefix=prefix, newest_first=False),
            lambda product: not wanted.finds(product.sku) and wanted.admits(product),
        ),
    )


def _admitted(page: Page[Product], wanted: ProductFilter) -> Page[Product]:
    return Page([product for product in page.items if wanted.admits(product)], page.last_key)


def _money_map(money: Money | None) -> dict[str, Any] | None:
    return None if money is None else {"amount": money.amount, "currency": money.currency}


def _money(stored: MapAttribute[str, Any] | None) -> Money | None:
    if stored is None:
        return None
    values = stored.as_dict()
    return Money(int(values["amount"]), values["currency"])
