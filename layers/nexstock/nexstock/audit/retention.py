"""How long an organization's audit entries are kept.

The end stands on an entry from its first moment, because nobody may change one: what an organization decides holds for
the entries that are written from then on.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from nexstock.ids import OrganizationId
from nexstock.organizations.model import SHORTEST_AUDIT_RETENTION
from nexstock.organizations.repository import OrganizationItem
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import batch_get

_GOOD_FOR_S: Final = 60
_MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class _Read:
    retention: timedelta
    at: float


_reads: dict[OrganizationId, _Read] = {}


def retention_of(organization_id: OrganizationId, *, monotonic: Callable[[], float] = time.monotonic) -> timedelta:
    """Return for how long entries that are written now are kept; a change counts within a minute.

    An organization that is gone keeps what it owes to others: the shortest retention there is.
    """
    now = monotonic()
    read = _reads.get(organization_id)
    if read is None or now - read.at >= _GOOD_FOR_S:
        if len(_reads) >= _MOST:
            _reads.clear()
        read = _reads[organization_id] = _Read(_retention_in_table(organization_id), now)
    return read.retention


def _retention_in_table(organization_id: OrganizationId) -> timedelta:
    (item,) = batch_get([(OrganizationItem, tenant_partition(organization_id, Kind.ORGANIZATION), organization_id)])
    if not isinstance(item, OrganizationItem):
        return SHORTEST_AUDIT_RETENTION
    return max(timedelta(days=int(item.audit_retention_days)), SHORTEST_AUDIT_RETENTION)
