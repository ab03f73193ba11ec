"""Warehouses in DynamoDB: `ORG#<organization>#WAREHOUSE` / `<warehouse id>`, codes claimed below `#UNIQUE`."""

from collections.abc import Sequence

from pynamodb.attributes import UnicodeAttribute

from nexstock.addresses.model import Address
from nexstock.ids import WarehouseId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, TextMapAttribute
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.resources.repository import ResourceRepository, UniqueValue
from nexstock.warehouses.errors import WarehouseCodeTaken
from nexstock.warehouses.model import Warehouse


class WarehouseItem(TenantItem):
    """A warehouse as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    code = UnicodeAttribute()
    name = UnicodeAttribute()
    address = TextMapAttribute(null=True)


class WarehouseRepository(ResourceRepository[Warehouse, WarehouseItem]):
    """Warehouses of exactly one organization."""

    kind = Kind.WAREHOUSE
    prefix = "whs"
    item_type = WarehouseItem

    def list_page(self, *, code: str | None, limit: int, after: str | None) -> Page[Warehouse]:
        """Return the warehouse with a code, or without one up to `limit` of all, newest first, after a position."""
        if code is not None:
            return self.page_of_owner("CODE", code)
        return self.list_newest_first(limit=limit, after=after)

    def _unique_values(self, entity: Warehouse) -> Sequence[UniqueValue]:
        return (UniqueValue("CODE", entity.code, WarehouseCodeTaken()),)

    def _to_item(self, entity: Warehouse) -> WarehouseItem:
        return WarehouseItem(
            code=entity.code, name=entity.name, address=entity.address.to_texts() if entity.address else None
        )

    def _to_entity(self, item: WarehouseItem) -> Warehouse:
        return Warehouse(
            id=WarehouseId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            code=item.code,
            name=item.name,
            address=Address.from_texts(item.address) if item.address else None,
        )
