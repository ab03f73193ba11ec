"""Versions of items that the audit log should have and does not: found by what is kept of both.

The id of an entry says by its low bits which version of what it is of, so that a resource's ids alone, which an index
has, tell which versions are missing. Changes of one item are recorded in their order. A version below one that is
recorded is therefore lost for good; the newest ones may still be on their way, for as long as the stream keeps them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from nexstock.audit.entries import AuditFacts, facts_of, reconciled_facts, version_digest
from nexstock.audit.filters import AuditFilter
from nexstock.audit.repository import AuditRepository
from nexstock.audit.search import AuditSearch
from nexstock.auth.principals import Tenant
from nexstock.changes import AUDITED_ALWAYS, Change
from nexstock.clock import to_rfc3339
from nexstock.ids import random_part

ON_ITS_WAY: Final = timedelta(hours=25)
"""A stream keeps its records for 24 hours (AWS: "Change data capture for DynamoDB Streams")."""


class Gaps:
    """Finds and closes the gaps of exactly one organization's audit log."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self._log = AuditRepository(tenant)
        self._search = AuditSearch(tenant, self._log)
        self._lost_before = to_rfc3339(now - ON_ITS_WAY)

    def missing_of(self, changes: Sequence[Change]) -> Iterator[AuditFacts]:
        """Give what can be said of each missing version of up to 100 items, whose present versions are given."""
        recorded = self._log.which_are_recorded([facts_of(change).id for change in changes])
        for change, is_recorded in zip(changes, recorded, strict=True):
            versions = self._missing_versions(change, is_recorded=is_recorded)
            yield from (reconciled_facts(change, version) for version in versions)

    def close(self, facts: AuditFacts) -> None:
        """Append what can be said of a missing version; one that is there by now stays the only one."""
        self._log.append(facts)

    def _missing_versions(self, change: Change, *, is_recorded: bool) -> list[int]:
        if change.kind not in AUDITED_ALWAYS:
            return [] if is_recorded or not self._is_settled(change) else [change.version]
        if change.version == 1:
            return [] if is_recorded or not self._is_settled(change) else [1]
        wanted = AuditFilter(resource_id=change.resource_id)
        known = {random_part(entry_id) for entry_id in self._search.ids(wanted)}
        there = [version for version in range(1, change.version + 1) if version_digest(change, version) in known]
        if is_recorded and change.version not in there:
            there.append(change.version)
        newest_lost = change.version if self._is_settled(change) else max(there, default=0)
        return [version for version in range(1, newest_lost + 1) if version not in set(there)]

    def _is_settled(self, change: Change) -> bool:
        return facts_of(change).at < self._lost_before
