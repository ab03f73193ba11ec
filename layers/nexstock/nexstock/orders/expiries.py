"""When reservations end: an item at `ORG#<organization>#ORDER_EXPIRY` / `<order id>` beside each order that says so.

It is written and removed in the transaction of its order, and stands in GSI4 by its time, among those of all
organizations: what is due is found without asking each of them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.clock import to_rfc3339
from nexstock.ids import OrderId, OrganizationId
from nexstock.persistence.indexes import Index, entries_until
from nexstock.persistence.keys import Kind, order_expiry_shard, organization_of, tenant_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.tenant_items import changed_meanwhile

_SHARDS: Final = 8


class _ExpiryItem(Item):
    class Meta:
        table_name = TABLES.tenants

    kind = UnicodeAttribute()
    shard = UnicodeAttribute(attr_name="GSI4PK")
    ends_at = InstantAttribute(attr_name="GSI4SK")


@dataclass(frozen=True, slots=True)
class EndedReservation:
    """An order whose reservation has ended, as the index knows it: maybe a moment out of date."""

    organization_id: OrganizationId
    order_id: OrderId


class OrderExpiries:
    """The ends of reservations of exactly one organization."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def keep(self, order_id: OrderId, before: datetime | None, after: datetime | None) -> None:
        """Stage that a reservation ends at another time than before, if it does; None: not by itself."""
        if before == after:
            return
        item = _ExpiryItem(tenant_partition(self._tenant.organization_id, Kind.ORDER_EXPIRY), order_id)
        if after is None:
            self._tenant.transaction.delete(item, condition=_ExpiryItem.pk.exists(), refusal=changed_meanwhile)
            return
        item.kind, item.shard, item.ends_at = Kind.ORDER_EXPIRY.value, _shard(order_id), after
        self._tenant.transaction.put(item, condition=_ExpiryItem.pk.does_not_exist(), refusal=changed_meanwhile)


def ended_reservations(*, until: datetime, most_per_shard: int) -> Iterator[EndedReservation]:
    """Return orders of any organization whose reservations ended by a time; in each shard the longest ago first."""
    for number in range(_SHARDS):
        shard = order_expiry_shard(number)
        for pk, sk in entries_until(Index.GSI4, shard, until=to_rfc3339(until), limit=most_per_shard):
            yield EndedReservation(organization_of(pk), OrderId(sk))


def _shard(order_id: OrderId) -> str:
    return order_expiry_shard(hashlib.sha256(order_id.encode()).digest()[0] % _SHARDS)
