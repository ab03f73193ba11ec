"""Serial numbers: where each single unit of a product is, or where it went.

`ORG#<organization>#SERIAL_NUMBER` / `<product>#<serial>`: one in the organization, so that no unit can come in twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from nexstock.ids import ProductId, WarehouseId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind, serial_number_sort_key, stock_levels_prefix
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import Page, TenantItem, TenantRepository
from nexstock.stock.model import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class SerialNumber:
    """One unit of a product: in a warehouse, or gone (None) by what the reference names."""

    product_id: ProductId
    serial: str
    warehouse_id: WarehouseId | None
    reference: Reference | None
    version: int
    created_at: datetime
    updated_at: datetime

    @property
    def id(self) -> str:
        """Product and serial number."""
        return serial_number_sort_key(self.product_id, self.serial)

    @property
    def deleted_at(self) -> None:
        """A unit that is gone is still known."""
        return


class SerialNumberItem(TenantItem):
    """A serial number as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    product_id = UnicodeAttribute(attr_name="productId")
    serial = UnicodeAttribute()
    warehouse_id = UnicodeAttribute(attr_name="warehouseId", null=True)
    reference_kind = UnicodeAttribute(attr_name="referenceKind", null=True)
    reference_id = UnicodeAttribute(attr_name="referenceId", null=True)


class SerialNumberRepository(TenantRepository[SerialNumber, SerialNumberItem]):
    """Serial numbers of exactly one organization; GSI1 lists those that are in a warehouse."""

    kind = Kind.SERIAL_NUMBER
    item_type = SerialNumberItem

    def list_filtered(
        self, product_id: str | None, warehouse_id: str | None, serial: str | None, *, limit: int, after: str | None
    ) -> Page[SerialNumber]:
        """Return serial numbers by product; those of a warehouse are those that are there now."""
        if warehouse_id is not None:
            lookup = Lookup(Index.GSI1, "WAREHOUSE", warehouse_id, newest_first=False)
        elif serial is not None:
            lookup = Lookup(Index.GSI2, "SERIAL", serial, newest_first=False)
        else:
            return self.list_below(stock_levels_prefix(product_id), limit=limit, after=after)
        return self.find(
            lookup,
            limit=limit,
            after=after,
            keep=lambda each: product_id in {None, each.product_id} and serial in {None, each.serial},
        )

    def _index_entries(self, entity: SerialNumber) -> Sequence[IndexEntry]:
        entries = [IndexEntry(Index.GSI2, "SERIAL", entity.serial, entity.product_id)]
        if entity.warehouse_id is not None:
            entries.append(IndexEntry(Index.GSI1, "WAREHOUSE", entity.warehouse_id, entity.id))
        return entries

    def _to_item(self, entity: SerialNumber) -> SerialNumberItem:
        return SerialNumberItem(
            product_id=entity.product_id,
            serial=entity.serial,
            warehouse_id=entity.warehouse_id,
            reference_kind=None if entity.reference is None else entity.reference.kind,
            reference_id=None if entity.reference is None else entity.reference.id,
        )

    def _to_entity(self, item: SerialNumberItem) -> SerialNumber:
        return SerialNumber(
            product_id=ProductId(item.product_id),
            serial=item.serial,
            warehouse_id=None if item.warehouse_id is None else WarehouseId(item.warehouse_id),
            reference=Reference(item.reference_kind, item.reference_id) if item.reference_kind else None,
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
        )
