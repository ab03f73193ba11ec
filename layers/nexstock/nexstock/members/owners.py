"""The count of an organization's owners, kept so that the last one can never go.

Whoever becomes or stops being an owner changes the count in the same transaction, and it never falls below one: two
owners who leave, remove or demote each other at the same moment cannot both succeed, whatever they read before.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.members.errors import LastOwner
from nexstock.persistence.keys import OWNER_COUNT, Kind, tenant_partition
from nexstock.persistence.tables import TABLES, Item
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import RawItem


class OwnerCountItem(Item):
    """How many owners there are."""

    class Meta:
        """Lives beside the members that it counts."""

        table_name = TABLES.tenants

    kind = UnicodeAttribute()
    owners = NumberAttribute()


class OwnerCount:
    """The count of exactly one organization; changes are staged on the tenant's transaction."""

    def __init__(self, tenant: Tenant) -> None:
        self._transaction = tenant.transaction
        self._organization_id = tenant.organization_id
        self._item = OwnerCountItem(tenant_partition(tenant.organization_id, Kind.OWNERS), OWNER_COUNT)

    def begin(self) -> None:
        """Stage the count of a new organization: its founder."""
        self._item.kind, self._item.owners = Kind.OWNERS.value, 1
        self._transaction.put(self._item, condition=OwnerCountItem.pk.does_not_exist(), refusal=changed_meanwhile)

    def increase(self) -> None:
        """Stage one owner more."""
        self._transaction.update(
            self._item,
            [OwnerCountItem.owners.add(1)],
            condition=OwnerCountItem.pk.exists(),
            refusal=changed_meanwhile,
        )

    def decrease(self) -> None:
        """Stage one owner less; the commit raises `LastOwner` where it is the last."""
        self._transaction.update(
            self._item, [OwnerCountItem.owners.add(-1)], condition=OwnerCountItem.owners > 1, refusal=self._is_last
        )

    def _is_last(self, _standing: RawItem | None) -> Exception:
        return LastOwner(self._organization_id)
