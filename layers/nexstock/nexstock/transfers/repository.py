"""Transfers in DynamoDB: `ORG#<organization>#TRANSFER` / `<transfer id>`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from nexstock.clock import to_rfc3339
from nexstock.ids import ProductId, TransferId, WarehouseId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup, position_of
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, RecordsAttribute
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.resources.repository import ResourceRepository
from nexstock.stock.valuation import Worth
from nexstock.transfers.model import Transfer, TransferLine, TransferStatus


class TransferItem(TenantItem):
    """A transfer as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    from_warehouse_id = UnicodeAttribute(attr_name="fromWarehouseId")
    to_warehouse_id = UnicodeAttribute(attr_name="toWarehouseId")
    status = UnicodeAttribute()
    lines = RecordsAttribute()
    note = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class TransferFilters:
    """Which transfers a list is of; what is None filters nothing. A warehouse is either end of a transfer."""

    status: TransferStatus | None
    warehouse_id: str | None
    updated_since: datetime | None

    def keep(self, transfer: Transfer) -> bool:
        """Tell whether a transfer is one of the list."""
        return (
            self.status in {None, transfer.status}
            and self.warehouse_id in {None, transfer.from_warehouse_id, transfer.to_warehouse_id}
            and (self.updated_since is None or transfer.updated_at >= self.updated_since)
        )


class TransferRepository(ResourceRepository[Transfer, TransferItem]):
    """The transfers of exactly one organization.

    GSI1 lists them by when they last changed, GSI2 those in a state, GSI3 those from a warehouse, GSI4 those to one.
    """

    kind = Kind.TRANSFER
    prefix = "trf"
    item_type = TransferItem

    def list_filtered(self, filters: TransferFilters, *, limit: int, after: str | None) -> Page[Transfer]:
        """Return transfers newest first; by the time of the last change alone, those that changed last first."""
        if filters.warehouse_id is not None:
            return self._list_of_warehouse(filters.warehouse_id, filters.keep, limit, after)
        if filters.updated_since is not None:
            lookup = Lookup(Index.GSI1, "UPDATED", at_least=to_rfc3339(filters.updated_since))
        elif filters.status is not None:
            lookup = Lookup(Index.GSI2, "STATUS", filters.status)
        else:
            return self.list_newest_first(limit=limit, after=after)
        return self.find(lookup, limit=limit, after=after, keep=filters.keep)

    def _list_of_warehouse(
        self, warehouse_id: str, keep: Callable[[Transfer], bool], limit: int, after: str | None
    ) -> Page[Transfer]:
        # Those from the warehouse and those to it are two lists. Both are sorted by the same ids, so that a position
        # in one is a place in the other as well, and what both hold up to some position are the newest of all.
        pages = [
            self.find(Lookup(index, "WAREHOUSE", warehouse_id), limit=limit, after=after, keep=keep)
            for index in (Index.GSI3, Index.GSI4)
        ]
        read_to = max((page.last_key for page in pages if page.last_key is not None), default=None)
        found = sorted((each for page in pages for each in page.items), key=lambda each: each.id, reverse=True)
        known = [each for each in found if read_to is None or position_of(each.id, each.id) >= read_to]
        if len(known) > limit:
            return Page(known[:limit], position_of(known[limit - 1].id, known[limit - 1].id))
        return Page(known, read_to)

    def _index_entries(self, entity: Transfer) -> Sequence[IndexEntry]:
        return (
            IndexEntry(Index.GSI1, "UPDATED", "", to_rfc3339(entity.updated_at)),
            IndexEntry(Index.GSI2, "STATUS", entity.status, entity.id),
            IndexEntry(Index.GSI3, "WAREHOUSE", entity.from_warehouse_id, entity.id),
            IndexEntry(Index.GSI4, "WAREHOUSE", entity.to_warehouse_id, entity.id),
        )

    def _to_item(self, entity: Transfer) -> TransferItem:
        return TransferItem(
            from_warehouse_id=entity.from_warehouse_id,
            to_warehouse_id=entity.to_warehouse_id,
            status=entity.status.value,
            lines=[_record(line) for line in entity.lines],
            note=entity.note,
            event=entity.event,
        )

    def _to_entity(self, item: TransferItem) -> Transfer:
        return Transfer(
            id=TransferId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            from_warehouse_id=WarehouseId(item.from_warehouse_id),
            to_warehouse_id=WarehouseId(item.to_warehouse_id),
            status=TransferStatus(item.status),
            lines=tuple(_line(record) for record in item.lines),
            note=item.note,
        )


def _record(line: TransferLine) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "quantity": line.quantity,
        "received": line.received,
        "returned": line.returned,
        "value": line.worth.average,
        "fifoValue": line.worth.fifo,
    }


def _line(record: Mapping[str, Any]) -> TransferLine:
    return TransferLine(
        product_id=ProductId(record["productId"]),
        quantity=record["quantity"],
        received=record["received"],
        returned=record["returned"],
        worth=Worth(record["value"], record["fifoValue"]),
    )
