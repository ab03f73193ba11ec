"""How many others need a resource, counted in the transaction in which they begin or end to need it.

A query could only tell who needs it before a transaction, not within it. The count makes the two decide in one order:
whoever begins to need a resource writes the count, and whoever wants it gone has the transaction check it.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.errors import Problem
from nexstock.persistence.keys import Kind, tenant_partition, use_sort_key
from nexstock.persistence.tables import TABLES, Item
from nexstock.persistence.tenant_items import changed_meanwhile


class UseItem(Item):
    """How many need one resource; missing means none."""

    class Meta:
        """Lives beside the items that it guards."""

        table_name = TABLES.tenants

    kind = UnicodeAttribute()
    uses = NumberAttribute()


class Uses:
    """The uses of resources of one kind of exactly one organization."""

    def __init__(self, tenant: Tenant, kind: Kind) -> None:
        self._tenant = tenant
        self._kind = kind

    def begin(self, resource_id: str) -> None:
        """Stage that one more needs a resource."""
        self._tenant.transaction.update(
            self._item(resource_id),
            [UseItem.uses.add(1), UseItem.kind.set(Kind.USES.value)],
            condition=UseItem.pk.does_not_exist() | (UseItem.uses >= 0),
            refusal=changed_meanwhile,
        )

    def end(self, resource_id: str) -> None:
        """Stage that one less needs a resource."""
        self._tenant.transaction.update(
            self._item(resource_id), [UseItem.uses.add(-1)], condition=UseItem.uses >= 1, refusal=changed_meanwhile
        )

    def require_none(self, resource_id: str, *, otherwise: Problem) -> None:
        """Stage that nobody needs a resource; at the commit `otherwise` is raised if somebody does."""
        condition = UseItem.pk.does_not_exist() | (UseItem.uses == 0)
        self._tenant.transaction.check(
            self._item(resource_id), condition=condition, refusal=lambda _standing: otherwise
        )

    def _item(self, resource_id: str) -> UseItem:
        partition = tenant_partition(self._tenant.organization_id, Kind.USES)
        return UseItem(partition, use_sort_key(self._kind, resource_id))
