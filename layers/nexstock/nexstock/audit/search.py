"""Finding entries of the audit log: each filter is one Query, on an index or on the table, however long the log is.

An index gives places only, and the entries are read from the table by one more call. What further filters leave out of
those is left out of the page: the queries of one page are bounded, so a page may be short, or even empty, and still
have a next one. Found entries are in the order of the times of their changes, newest first; all of the log is in the
order of the chain.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from nexstock.audit.chain import ChainedEntry
from nexstock.audit.filters import AuditFilter
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import Tenant
from nexstock.ids import id_before
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, connection
from nexstock.persistence.tenant_items import Page

_MOST_QUERIES: Final = 4
_MOST_READ: Final = 100
_IDS_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class _Place:
    entry_id: str
    sequence: int


class AuditSearch:
    """Searches the audit log of exactly one organization."""

    def __init__(self, tenant: Tenant, log: AuditRepository | None = None) -> None:
        self._organization_id = tenant.organization_id
        self._log = log or AuditRepository(tenant)

    def page(self, wanted: AuditFilter, *, limit: int, after: str | None) -> Page[ChainedEntry]:
        """Return up to `limit` entries, newest first, beginning after a position."""
        if not wanted.is_empty:
            return self._found(wanted, limit=limit, after=after)
        entries, before = self._log.list_newest_first(limit=limit, before=int(after) if after else None)
        return Page(entries, None if before is None else str(before))

    def ids(self, wanted: AuditFilter) -> Iterator[str]:
        """Give the ids of all entries that a filter of one value lists, newest first."""
        position: str | None = None
        while True:
            places, position = self._places(wanted, limit=_IDS_AT_ONCE, below=position)
            yield from (place.entry_id for place in places)
            if position is None:
                return

    def _found(self, wanted: AuditFilter, *, limit: int, after: str | None) -> Page[ChainedEntry]:
        found: list[ChainedEntry] = []
        position = after
        at_once = limit if len(wanted.values) <= 1 else _MOST_READ
        for _ in range(_MOST_QUERIES):
            places, position = self._places(wanted, limit=at_once, below=position)
            entries = self._log.get_many([place.sequence for place in places])
            found += [entry for entry in entries if wanted.admits(entry.fields)]
            if len(found) > limit:
                return Page(found[:limit], found[limit - 1].id)
            if position is None or len(found) == limit:
                break
        return Page(found, position)

    def _places(self, wanted: AuditFilter, *, limit: int, below: str | None) -> tuple[list[_Place], str | None]:
        """Return up to `limit` places whose ids lie below one, and the id below which more stand (None: nowhere)."""
        highest = wanted.last_id if below is None else id_before(below)
        if highest < wanted.first_id:
            return [], None
        answer = connection().dispatch("Query", self._request(wanted, highest=highest, limit=limit + 1))
        places = [_place(raw) for raw in answer["Items"]]
        more = len(places) > limit or (places and "LastEvaluatedKey" in answer)
        return places[:limit], places[:limit][-1].entry_id if more else None

    def _request(self, wanted: AuditFilter, *, highest: str, limit: int) -> dict[str, Any]:
        shared = {"TableName": TABLES.audit, "ScanIndexForward": False, "Limit": limit}
        if not wanted.values:
            return {
                **shared,
                "ConsistentRead": True,
                "KeyConditionExpression": "PK = :pk AND SK BETWEEN :first AND :last",
                "ExpressionAttributeValues": {
                    ":pk": {"S": keys.organization_partition(self._organization_id)},
                    ":first": {"S": keys.audit_id_sort_key(wanted.first_id)},
                    ":last": {"S": keys.audit_id_sort_key(highest)},
                },
            }
        index, value = next(iter(wanted.values.items()))
        return {
            **shared,
            "IndexName": index.value,
            "KeyConditionExpression": "#pk = :pk AND #id BETWEEN :first AND :last",
            "ExpressionAttributeNames": {"#pk": index.attribute, "#id": "id"},
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.audit_index_partition(self._organization_id, index, value)},
                ":first": {"S": wanted.first_id},
                ":last": {"S": highest},
            },
        }


def _place(raw: dict[str, Any]) -> _Place:
    if "id" in raw:
        return _Place(raw["id"]["S"], keys.audit_sequence_of(raw["SK"]["S"]))
    return _Place(keys.audit_id_of(raw["SK"]["S"]), int(raw["sequence"]["N"]))
