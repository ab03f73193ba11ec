"""Orders in DynamoDB: `ORG#<organization>#ORDER` / `<order id>`, numbers claimed below `#UNIQUE`."""

from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.clock import to_rfc3339
from nexstock.errors import Conflict
from nexstock.ids import CustomerId, OrderId, ProductId, WarehouseId
from nexstock.orders.customers import OrderCustomers
from nexstock.orders.expiries import OrderExpiries
from nexstock.orders.filters import OrderFilter
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


class OrderRepository(ResourceRepository[Order, OrderItem]):
    """Orders of exactly one organization.

    GSI1 lists them by status, GSI2 by customer, GSI3 by the time of their last change, GSI4 by reference.
    """

    kind = Kind.ORDER
    prefix = "ord"
    item_type = OrderItem

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant)
        self._customers = OrderCustomers(tenant)
        self._expiries = OrderExpiries(tenant)

    def list_page(self, wanted: OrderFilter, *, limit: int, after: str | None) -> Page[Order]:
        """Return up to `limit` orders that a filter admits, after a position.

        One of the filters is answered by a key or an index, and the others are applied to what that finds. A number is
        exact at once; `updated_since` has the order that changed last first; everything else the newest.
        """
        if wanted.number is not None:
            found = self.page_of_owner("NUMBER", wanted.number).items
            return Page([order for order in found if wanted.admits(order)], None)
        lookup = _lookup_of(wanted)
        if lookup is None:
            return self.list_newest_first(limit=limit, after=after)
        return self.find(lookup, limit=limit, after=after, keep=wanted.admits)

    def add(self, entity: Order) -> None:
        """Stage a new one, its number claimed, its customer in use, and when its reservation ends.

        Raises:
            InvalidRequest: at the commit, if there is no such customer (422).
        """
        super().add(entity)
        self._customers.keep(None, entity)
        self._expiries.keep(entity.id, None, entity.reserved_until)

    def change(self, before: Order, after: Order) -> None:
        """Stage the next version of one, the use of its customer, and when its reservation ends.

        Raises:
            InvalidRequest: at the commit, if it is to be of a customer who is not here (422).
        """
        super().change(before, after)
        self._customers.keep(before, after)
        self._expiries.keep(after.id, before.reserved_until, after.reserved_until)

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
        if entity.reference is not None:
            entries.append(IndexEntry(Index.GSI4, "REFERENCE", entity.reference, entity.id))
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


def _lookup_of(wanted: OrderFilter) -> Lookup | None:
    """Return where the fewest that a filter admits are likely to stand; None where no index helps."""
    if wanted.reference is not None:
        return Lookup(Index.GSI4, "REFERENCE", wanted.reference)
    if wanted.customer_id is not None:
        return Lookup(Index.GSI2, "CUSTOMER", wanted.customer_id)
    if wanted.updated_since is not None:
        return Lookup(Index.GSI3, "UPDATED", at_least=to_rfc3339(wanted.updated_since))
    return None if wanted.status is None else Lookup(Index.GSI1, "STATUS", wanted.status)


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
