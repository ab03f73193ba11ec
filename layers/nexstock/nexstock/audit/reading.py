"""Reading a stretch of the audit log from end to end, in the order of the chain, a page at a time.

A stretch has no gaps, so that what is read of it verifies: each entry names the hash of the one before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from nexstock.audit.chain import ChainedEntry
from nexstock.audit.filters import AuditFilter
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, connection

Raw = dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some of the chain: from a sequence on, up to and with another one."""

    first: int
    last: int


_NOTHING: Final = Stretch(1, 0)


class AuditReader:
    """Reads the audit log of exactly one organization."""

    def __init__(self, tenant: Tenant, *, clock: Clock = utc_now) -> None:
        self._log = AuditRepository(tenant)
        self._pk = keys.organization_partition(tenant.organization_id)
        self._clock = clock

    def stretch(self, since: datetime | None, until: datetime | None, *, most: int | None = None) -> Stretch | None:
        """Return the shortest stretch with every entry whose change was made from `since` on and before `until`.

        It holds others as well where a change was recorded later than changes that were made after it. None: there are
        more than `most` entries of that time, which were not all looked for.
        """
        if since is None and until is None:
            return Stretch(1, self._log.head().sequence)
        ends: set[int] = set()
        found = 0
        for page in self._pages(self._places_between(since, until), "#sequence", {"#sequence": "sequence"}):
            found += len(page)
            if most is not None and found > most:
                return None
            ends |= _ends(page)
        return Stretch(min(ends), max(ends)) if ends else _NOTHING

    def entries(self, stretch: Stretch) -> Iterator[ChainedEntry]:
        """Give the entries of a stretch that are kept, oldest first."""
        if stretch.first > stretch.last:
            return
        bounds = (keys.audit_entry_sort_key(stretch.first), keys.audit_entry_sort_key(stretch.last))
        now = self._clock().timestamp()
        names = {"#hash": "hash", "#id": "id"}
        for page in self._pages(bounds, "SK, #id, #hash, canonical, expiresAt", names):
            yield from (_entry(raw) for raw in page if "expiresAt" not in raw or float(raw["expiresAt"]["N"]) > now)

    def _places_between(self, since: datetime | None, until: datetime | None) -> tuple[str, str]:
        wanted = AuditFilter(since=since, until=until)
        return keys.audit_id_sort_key(wanted.first_id), keys.audit_id_sort_key(wanted.last_id)

    def _pages(self, bounds: tuple[str, str], attributes: str, names: dict[str, str]) -> Iterator[list[Raw]]:
        first, last = bounds
        request: dict[str, Any] = {
            "TableName": TABLES.audit,
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
            "ExpressionAttributeValues": {":pk": {"S": self._pk}, ":first": {"S": first}, ":last": {"S": last}},
            "ExpressionAttributeNames": names,
            "ProjectionExpression": attributes,
            "ConsistentRead": True,
        }
        while first <= last:
            answer = connection().dispatch("Query", request)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _ends(places: list[Raw]) -> set[int]:
    """Return the lowest and the highest sequence of a page, so that no more of it has to be kept."""
    sequences = [int(raw["sequence"]["N"]) for raw in places]
    return {min(sequences), max(sequences)} if sequences else set()


def _entry(raw: Raw) -> ChainedEntry:
    sequence = keys.audit_sequence_of(raw["SK"]["S"])
    return ChainedEntry(raw["id"]["S"], sequence, raw["hash"]["S"], raw["canonical"]["S"])
