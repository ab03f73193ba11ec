"""Purchase orders in DynamoDB: `#PURCHASE_ORDER` / `<purchase order id>`, numbers claimed below `#UNIQUE`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.clock import to_rfc3339
from nexstock.errors import Conflict
from nexstock.ids import ProductId, PurchaseOrderId, SupplierId, WarehouseId
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, RecordsAttribute
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.products.model import Money
from nexstock.purchase_orders.model import PurchaseLine, PurchaseOrder, PurchaseOrderStatus
from nexstock.purchase_orders.suppliers import SupplierUses
from nexstock.resources.repository import ResourceRepository, UniqueValue


class PurchaseOrderItem(TenantItem):
    """A purchase order as it is stored; attribute names are those of the API, as in the audit's diff."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    number = UnicodeAttribute()
    status = UnicodeAttribute()
    supplier_id = UnicodeAttribute(attr_name="supplierId")
    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    lines = RecordsAttribute()
    expected_at = InstantAttribute(attr_name="expectedAt", null=True)
    reference = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class PurchaseOrderFilters:
    """Which purchase orders are listed; what is None does not matter."""

    status: PurchaseOrderStatus | None = None
    supplier_id: str | None = None
    number: str | None = None
    updated_since: datetime | None = None

    def match(self, order: PurchaseOrder) -> bool:
        """Tell whether a purchase order is one of them."""
        return (
            self.status in {None, order.status}
            and self.supplier_id in {None, order.supplier_id}
            and self.number in {None, order.number}
            and (self.updated_since is None or order.updated_at >= self.updated_since)
        )

    @property
    def lookup(self) -> Lookup | None:
        """Where the fewest that match stand; None where no index helps."""
        if self.supplier_id is not None:
            return Lookup(Index.GSI2, "SUPPLIER", self.supplier_id)
        if self.updated_since is not None:
            return Lookup(Index.GSI1, "UPDATED", at_least=to_rfc3339(self.updated_since))
        return None if self.status is None else Lookup(Index.GSI3, "STATUS", self.status)


class PurchaseOrderRepository(ResourceRepository[PurchaseOrder, PurchaseOrderItem]):
    """Purchase orders of exactly one organization.

    GSI1 lists them by the time of their last change, GSI2 by supplier, GSI3 by status.
    """

    kind = Kind.PURCHASE_ORDER
    prefix = "pur"
    item_type = PurchaseOrderItem

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self._suppliers = SupplierUses(tenant)

    def list_filtered(self, filters: PurchaseOrderFilters, *, limit: int, after: str | None) -> Page[PurchaseOrder]:
        """Return purchase orders, newest first; with `updated_since` alone or beside a status, by their last change."""
        if filters.number is not None:
            found = self.page_of_owner("NUMBER", filters.number).items
            return Page([order for order in found if filters.match(order)], None)
        if filters.lookup is None:
            return self.list_newest_first(limit=limit, after=after)
        return self.find(filters.lookup, limit=limit, after=after, keep=filters.match)

    def add(self, entity: PurchaseOrder) -> None:
        """Stage a new one, its number claimed, its supplier in use.

        Raises:
            InvalidRequest: at the commit, if the supplier is not here (422).
        """
        super().add(entity)
        self._suppliers.keep(None, entity.open_with)

    def change(self, before: PurchaseOrder, after: PurchaseOrder) -> None:
        """Stage the next version of one, and whether its supplier is in use.

        Raises:
            InvalidRequest: at the commit, if another supplier is not here (422).
        """
        super().change(before, after)
        self._suppliers.keep(before.open_with, after.open_with)

    def _unique_values(self, entity: PurchaseOrder) -> Sequence[UniqueValue]:
        # The counter gives no number out twice; this is what a number is looked up by.
        return (UniqueValue("NUMBER", entity.number, Conflict()),)

    def _index_entries(self, entity: PurchaseOrder) -> Sequence[IndexEntry]:
        return (
            IndexEntry(Index.GSI1, "UPDATED", "", to_rfc3339(entity.updated_at)),
            IndexEntry(Index.GSI2, "SUPPLIER", entity.supplier_id, entity.id),
            IndexEntry(Index.GSI3, "STATUS", entity.status, entity.id),
        )

    def _to_item(self, entity: PurchaseOrder) -> PurchaseOrderItem:
        return PurchaseOrderItem(
            number=entity.number,
            status=entity.status.value,
            supplier_id=entity.supplier_id,
            warehouse_id=entity.warehouse_id,
            lines=[_record(line) for line in entity.lines],
            expected_at=entity.expected_at,
            reference=entity.reference,
            notes=entity.notes,
            event=entity.event,
        )

    def _to_entity(self, item: PurchaseOrderItem) -> PurchaseOrder:
        return PurchaseOrder(
            id=PurchaseOrderId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            number=item.number,
            status=PurchaseOrderStatus(item.status),
            supplier_id=SupplierId(item.supplier_id),
            warehouse_id=WarehouseId(item.warehouse_id),
            lines=tuple(_line(record) for record in item.lines),
            expected_at=item.expected_at,
            reference=item.reference,
            notes=item.notes,
        )


def _record(line: PurchaseLine) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unitCost": {"amount": line.unit_cost.amount, "currency": line.unit_cost.currency},
        "received": line.received,
    }


def _line(record: Mapping[str, Any]) -> PurchaseLine:
    return PurchaseLine(
        product_id=ProductId(record["productId"]),
        sku=record["sku"],
        name=record["name"],
        quantity=record["quantity"],
        unit_cost=Money(int(record["unitCost"]["amount"]), record["unitCost"]["currency"]),
        received=record["received"],
    )
