"""Counts in DynamoDB: sheets at `#COUNT` / `<count id>`, lines at `#COUNT_LINE` / `<count id>#<product id>`."""

from collections.abc import Sequence

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.counts.model import Count, CountLine, CountStatus, LineStatus, Progress, Refusal
from nexstock.ids import CountId, ProductId, WarehouseId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind, count_line_sort_key
from nexstock.persistence.tables import TABLES, DecimalAttribute, InstantAttribute, text_list
from nexstock.persistence.tenant_items import Page, TenantItem, TenantRepository
from nexstock.resources.repository import ResourceRepository


class CountItem(TenantItem):
    """A count sheet as it is stored, without its lines."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    status = UnicodeAttribute()
    name = UnicodeAttribute(null=True)
    category = UnicodeAttribute(null=True)
    product_ids = text_list(attr_name="productIds", null=True)
    counted = NumberAttribute()
    differing = NumberAttribute()
    posted = NumberAttribute()
    refused = NumberAttribute()
    posted_through = UnicodeAttribute(attr_name="postedThrough", null=True)


class CountLineItem(TenantItem):
    """A line of a count sheet as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    count_id = UnicodeAttribute(attr_name="countId")
    product_id = UnicodeAttribute(attr_name="productId")
    counted = DecimalAttribute()
    on_hand = DecimalAttribute(attr_name="onHand")
    level_version = NumberAttribute(attr_name="levelVersion")
    counted_at = InstantAttribute(attr_name="countedAt")
    note = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    refusal = UnicodeAttribute(null=True)


class CountRepository(ResourceRepository[Count, CountItem]):
    """The count sheets of exactly one organization. GSI1 lists those in a state, GSI2 those of a warehouse."""

    kind = Kind.COUNT
    prefix = "cnt"
    item_type = CountItem

    def list_filtered(
        self, status: CountStatus | None, warehouse_id: str | None, *, limit: int, after: str | None
    ) -> Page[Count]:
        """Return count sheets, newest first."""
        if warehouse_id is not None:
            lookup = Lookup(Index.GSI2, "WAREHOUSE", warehouse_id)
        elif status is not None:
            lookup = Lookup(Index.GSI1, "STATUS", status)
        else:
            return self.list_newest_first(limit=limit, after=after)
        return self.find(lookup, limit=limit, after=after, keep=lambda count: status in {None, count.status})

    def _index_entries(self, entity: Count) -> Sequence[IndexEntry]:
        return (
            IndexEntry(Index.GSI1, "STATUS", entity.status, entity.id),
            IndexEntry(Index.GSI2, "WAREHOUSE", entity.warehouse_id, entity.id),
        )

    def _to_item(self, entity: Count) -> CountItem:
        return CountItem(
            warehouse_id=entity.warehouse_id,
            status=entity.status.value,
            name=entity.name,
            category=entity.category,
            product_ids=list(entity.product_ids) or None,
            counted=entity.progress.counted,
            differing=entity.progress.differing,
            posted=entity.progress.posted,
            refused=entity.progress.refused,
            posted_through=entity.posted_through,
            event=entity.event,
        )

    def _to_entity(self, item: CountItem) -> Count:
        return Count(
            id=CountId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            warehouse_id=WarehouseId(item.warehouse_id),
            status=CountStatus(item.status),
            name=item.name,
            category=item.category,
            product_ids=tuple(ProductId(each) for each in item.product_ids or ()),
            progress=Progress(
                counted=int(item.counted),
                differing=int(item.differing),
                posted=int(item.posted),
                refused=int(item.refused),
            ),
            posted_through=item.posted_through,
        )


class CountLineRepository(TenantRepository[CountLine, CountLineItem]):
    """The lines of the count sheets of exactly one organization."""

    kind = Kind.COUNT_LINE
    item_type = CountLineItem

    def list_of(self, count_id: CountId, *, limit: int, after: str | None) -> Page[CountLine]:
        """Return lines of a sheet by product, read consistently."""
        return self.list_below(count_line_sort_key(count_id, ""), limit=limit, after=after)

    def named(self, count_id: CountId, product_ids: Sequence[ProductId]) -> dict[ProductId, CountLine]:
        """Return those lines of a sheet that there are already, of up to 100 products."""
        lines = self.get_many([count_line_sort_key(count_id, product_id) for product_id in product_ids])
        return {line.product_id: line for line in lines}

    def store(self, line: CountLine) -> None:
        """Stage a line, or the next version of one."""
        if line.version == 1:
            self.add(line)
        else:
            self.replace(line)

    def _sort_key(self, entity: CountLine) -> str:
        return count_line_sort_key(entity.count_id, entity.product_id)

    def _to_item(self, entity: CountLine) -> CountLineItem:
        return CountLineItem(
            count_id=entity.count_id,
            product_id=entity.product_id,
            counted=entity.counted,
            on_hand=entity.on_hand,
            level_version=entity.level_version,
            counted_at=entity.counted_at,
            note=entity.note,
            status=entity.status.value,
            refusal=None if entity.refusal is None else entity.refusal.value,
            # What is posted is told by its movement.
            event="count_line.counted" if entity.status is LineStatus.COUNTED else None,
        )

    def _to_entity(self, item: CountLineItem) -> CountLine:
        return CountLine(
            count_id=CountId(item.count_id),
            product_id=ProductId(item.product_id),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            counted=item.counted,
            on_hand=item.on_hand,
            level_version=int(item.level_version),
            counted_at=item.counted_at,
            note=item.note,
            status=LineStatus(item.status),
            refusal=None if item.refusal is None else Refusal(item.refusal),
        )
