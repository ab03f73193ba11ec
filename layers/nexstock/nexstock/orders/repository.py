"""Orders in DynamoDB: `ORG#<organization>#ORDER` / `<order id>`, numbers claimed below `#UNIQUE`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from nexstock.clock import to_rfc3339
from nexstock.errors import Conflict
from nexstock.ids import CustomerId, OrderId, ProductId, WarehouseId
from nexstock.orders.expiries import OrderExpiries
from nexstock.orders.model import Order, OrderLine, OrderStatus
from nexstock.persistence.indexes import Index, IndexEntry, Lookup
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, RecordsAttribute
from nexstock.persistence.tenant_items import Page, TenantItem
from nexstock.products.model import Money
from nexstock.resources.repository import ResourceRepository, UniqueValue


class OrderItem(TenantItem):
    """An order as it is stored; attribute names are those of the API, so that the audit's diff speaks its words."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    number = UnicodeAttribute()
    status = UnicodeAttribute()
    customer_id = UnicodeAttribute(attr_name="customerId", null=True)
    warehouse_id = UnicodeAttribute(attr_name="warehouseId")
    lines = RecordsAttribute()
    reference = UnicodeAttribute(null=True)
    notes = UnicodeAttribute(null=True)
    reserved_until = InstantAttribute(attr_name="reservedUntil", null=True)
    cancel_reason = UnicodeAttribute(attr_name="cancelReason", null=True)


@dataclass(frozen=True, slots=True)
class OrderFilters:
    """Which orders are listed; what is None does not matter."""

    status: OrderStatus | None = None
    customer_id: str | None = None
    number: str | None = None
    updated_since: datetime | None = None

    def match(self, order: Order) -> bool:
        """Tell whether an order is one of them."""
        return (
            self.status in {None, order.status}
            and self.customer_id in {None, order.customer_id}
            and self.number in {None, order.number}
            and (self.updated_since is None or order.updated_at >= self.updated_since)
        )

    @property
    def lookup(self) -> Lookup | None:
        """Where the fewest that match stand; None where no index helps."""
        if self.customer_id is not None:
            return Lookup(Index.GSI2, "CUSTOMER", self.customer_id)
        if self.updated_since is not None:
            return Lookup(Index.GSI3, "UPDATED", at_least=to_rfc3339(self.updated_since))
        return None if self.status is None else Lookup(Index.GSI1, "STATUS", self.status)


class OrderRepository(ResourceRepository[Order, OrderItem]):
    """Orders of exactly one organization.

    GSI1 lists them by status, GSI2 by customer, GSI3 by the time of their last change, and GSI4 those of a customer
    that are still open.
    """

    kind = Kind.ORDER
    prefix = "ord"
    item_type = OrderItem

    def list_filtered(self, filters: OrderFilters, *, limit: int, after: str | None) -> Page[Order]:
        """Return orders, newest first; with `updated_since` alone or beside a status, by their last change."""
        if filters.number is not None:
            found = self.page_of_owner("NUMBER", filters.number).items
            return Page([order for order in found if filters.match(order)], None)
        if filters.lookup is None:
            return self.list_newest_first(limit=limit, after=after)
        return self.find(filters.lookup, limit=limit, after=after, keep=filters.match)

    def has_open_of(self, customer_id: str) -> bool:
        """Tell whether a customer has an order that is not shipped, closed or cancelled."""
        return bool(self.find(Lookup(Index.GSI4, "OPEN", customer_id), limit=1, after=None).items)

    def add(self, entity: Order) -> None:
        """Stage a new one, its number claimed, and when its reservation ends."""
        super().add(entity)
        self._expiries().keep(entity.id, None, entity.reserved_until)

    def change(self, before: Order, after: Order) -> None:
        """Stage the next version of one, and when its reservation ends."""
        super().change(before, after)
        self._expiries().keep(after.id, before.reserved_until, after.reserved_until)

    def _expiries(self) -> OrderExpiries:
        return OrderExpiries(self._tenant)

    def _unique_values(self, entity: Order) -> Sequence[UniqueValue]:
        # The counter gives no number out twice; this is what a number is looked up by.
        return (UniqueValue("NUMBER", entity.number, Conflict()),)

    def _index_entries(self, entity: Order) -> Sequence[IndexEntry]:
        entries = [
            IndexEntry(Index.GSI1, "STATUS", entity.status, entity.id),
            IndexEntry(Index.GSI3, "UPDATED", "", to_rfc3339(entity.updated_at)),
        ]
        if entity.customer_id is not None:
            entries.append(IndexEntry(Index.GSI2, "CUSTOMER", entity.customer_id, entity.id))
            if entity.is_open:
                entries.append(IndexEntry(Index.GSI4, "OPEN", entity.customer_id, entity.id))
        return entries

    def _to_item(self, entity: Order) -> OrderItem:
        return OrderItem(
            number=entity.number,
            status=entity.status.value,
            customer_id=entity.customer_id,
            warehouse_id=entity.warehouse_id,
            lines=[_record(line) for line in entity.lines],
            reference=entity.reference,
            notes=entity.notes,
            reserved_until=entity.reserved_until,
            cancel_reason=entity.cancel_reason,
            event=entity.event,
        )

    def _to_entity(self, item: OrderItem) -> Order:
        return Order(
            id=OrderId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            number=item.number,
            status=OrderStatus(item.status),
            customer_id=None if item.customer_id is None else CustomerId(item.customer_id),
            warehouse_id=WarehouseId(item.warehouse_id),
            lines=tuple(_line(record) for record in item.lines),
            reference=item.reference,
            notes=item.notes,
            reserved_until=item.reserved_until,
            cancel_reason=item.cancel_reason,
            event=item.event,
        )


def _record(line: OrderLine) -> dict[str, Any]:
    return {
        "productId": line.product_id,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unitPrice": {"amount": line.unit_price.amount, "currency": line.unit_price.currency},
        "reserved": line.reserved,
        "fulfilled": line.fulfilled,
        "returned": line.returned,
        "cost": line.cost,
    }


def _line(record: dict[str, Any]) -> OrderLine:
    price = record["unitPrice"]
    return OrderLine(
        product_id=ProductId(record["productId"]),
        sku=record["sku"],
        name=record["name"],
        quantity=record["quantity"],
        unit_price=Money(int(price["amount"]), price["currency"]),
        reserved=record["reserved"],
        fulfilled=record["fulfilled"],
        returned=record["returned"],
        cost=record["cost"],
    )
