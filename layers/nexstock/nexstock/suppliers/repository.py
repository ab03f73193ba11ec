"""Suppliers in DynamoDB: `ORG#<organization>#SUPPLIER` / `<supplier id>`, personal data sealed."""

from collections.abc import Sequence
from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.ids import SupplierId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup, folded, searchable
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import Page
from nexstock.personal_data.items import ContactItem
from nexstock.personal_data.repository import ContactRepository
from nexstock.resources.repository import updated_entry, updated_since
from nexstock.suppliers.model import Supplier


class SupplierItem(ContactItem):
    """A supplier as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    name = UnicodeAttribute()
    lead_time_days = NumberAttribute(attr_name="leadTimeDays", null=True)


class SupplierRepository(ContactRepository[Supplier, SupplierItem]):
    """Suppliers of exactly one organization."""

    kind = Kind.SUPPLIER
    prefix = "sup"
    item_type = SupplierItem
    used_by = "purchase_orders"

    def list_page(self, *, since: datetime | None, search: str | None, limit: int, after: str | None) -> Page[Supplier]:
        """Return up to `limit` that were changed since an instant, and whose names begin so, after a position.

        A search is in the order of names, changes have the last one first, and everything else the newest.
        """

        def is_wanted(supplier: Supplier) -> bool:
            return (since is None or supplier.updated_at >= since) and (
                search is None or folded(supplier.name).startswith(folded(search))
            )

        if search is not None:
            lookup = Lookup(Index.GSI3, "NAME", prefix=searchable(search), newest_first=False)
            return self.find(lookup, limit=limit, after=after, keep=is_wanted)
        if since is not None:
            return self.find(updated_since(since), limit=limit, after=after)
        return self.list_newest_first(limit=limit, after=after)

    def _index_entries(self, entity: Supplier) -> Sequence[IndexEntry]:
        return (updated_entry(entity), IndexEntry(Index.GSI3, "NAME", "", searchable(entity.name)))

    def _to_item(self, entity: Supplier) -> SupplierItem:
        return SupplierItem(name=entity.name, lead_time_days=entity.lead_time_days, **SupplierItem.details_of(entity))

    def _to_entity(self, item: SupplierItem) -> Supplier:
        return Supplier(
            id=SupplierId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
            lead_time_days=None if item.lead_time_days is None else int(item.lead_time_days),
            details=item.details,
        )
