"""What of the audit log is asked for, and which index answers it.

Entries are immutable, so their indexes cost one write each and never move. All are sorted by the entry's id, which
begins with the time of the change: a range of times is a part of the key in each of them
(docs/adr/0025-audit-reading.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from nexstock.ids import OrganizationId, first_id, highest_id, last_id_before, lowest_id
from nexstock.persistence.keys import audit_index_partition


class AuditIndex(StrEnum):
    """The indexes of the audit table by their names."""

    RESOURCE = "ByResource"
    ACTOR = "ByActor"
    ACTION = "ByAction"
    KIND = "ByKind"

    @property
    def attribute(self) -> str:
        """The attribute that is the index's partition key."""
        return f"{self.name.lower()}Key"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries: all that are given have to be met; from `since` on, and before `until`."""

    resource: str | None = None
    resource_id: str | None = None
    actor_id: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every entry is asked for."""
        return self == AuditFilter()

    @property
    def values(self) -> dict[AuditIndex, str]:
        """The values that are given, by the index of each; the first leaves least to look at."""
        given = {
            AuditIndex.RESOURCE: self.resource_id,
            AuditIndex.ACTOR: self.actor_id,
            AuditIndex.ACTION: self.action,
            AuditIndex.KIND: self.resource,
        }
        return {index: value for index, value in given.items() if value is not None}

    @property
    def first_id(self) -> str:
        """The lowest id that an entry can have."""
        return lowest_id("aud") if self.since is None else first_id("aud", self.since)

    @property
    def last_id(self) -> str:
        """The highest id that an entry can have."""
        return highest_id("aud") if self.until is None else last_id_before("aud", self.until)

    def admits(self, entry: Mapping[str, Any]) -> bool:
        """Tell whether an entry, which lies in the range of times, is asked for."""
        return self.values.items() <= index_values(entry).items()


def index_values(entry: Mapping[str, Any]) -> dict[AuditIndex, str]:
    """Return what each index lists an entry below."""
    return {
        AuditIndex.RESOURCE: entry["resource"]["id"],
        AuditIndex.ACTOR: entry["actor"]["id"],
        AuditIndex.ACTION: entry["action"],
        AuditIndex.KIND: entry["resource"]["kind"],
    }


def index_keys(organization_id: OrganizationId, entry: Mapping[str, Any]) -> dict[AuditIndex, str]:
    """Return the partition in which each index lists an entry."""
    return {index: audit_index_partition(organization_id, index, value) for index, value in index_values(entry).items()}
