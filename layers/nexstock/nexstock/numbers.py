"""Numbers that people call things by: unique in an organization and rising, with gaps.

A number is taken before the transaction that uses it, by one atomic update, so that things that are made at the same
moment do not wait for each other; one that is not made after all leaves a gap. The counter lives at
`ORG#<organization>#COUNTER` / `<series>`.
"""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.auth.principals import Tenant
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES, Item


class _CounterItem(Item):
    class Meta:
        table_name = TABLES.tenants

    kind = UnicodeAttribute()
    last = NumberAttribute()


def next_number(tenant: Tenant, series: str) -> int:
    """Return the next number of a series, from 1; nobody gets it again."""
    counter = _CounterItem(tenant_partition(tenant.organization_id, Kind.COUNTER), series)
    # Unconditional on purpose: an update that adds is right whatever stands there, and botocore's repetition of one
    # whose answer was lost only leaves a gap.
    counter.update([_CounterItem.last.add(1), _CounterItem.kind.set(Kind.COUNTER.value)])
    return int(counter.last)
