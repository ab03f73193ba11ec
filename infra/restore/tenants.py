"""What organizations own comes back as it was; who may reach it stays as it is.

A restore is a change like any other: each item that it sets back gets its next version, so no client's `ETag` fits and
the audit log says what was done. What nothing was done to comes back without a word.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from infra.restore.since import Since
from infra.restore.tables import Item, Table, get, number_of, text_of
from nexstock.clock import to_rfc3339
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, organization_of, tenant_partition

_WAYS_IN: Final = frozenset(
    {
        Kind.ORGANIZATION,
        Kind.MEMBER,
        Kind.OWNERS,
        Kind.INVITATION,
        Kind.API_KEY,
        Kind.SINGLE_SIGN_ON,
        Kind.SINGLE_SIGN_ON_LINK,
        Kind.WEBHOOK_ENDPOINT,
    }
)
"""Who reaches an organization, and where it sends what: never as it was, as long as the organization is there."""

_PASSING: Final = frozenset({Kind.SECURITY_EVENT, Kind.IMPORT, Kind.IMPORT_ERRORS, Kind.EXPORT})
"""What tells of work that is over, and of files that are gone."""

_KNOWN_BY_OTHERS: Final = frozenset({Kind.ORGANIZATION, Kind.API_KEY})
"""What lets nobody in by itself, so that it comes back though it changed since: a key's verifier is in `Identity`."""

_REVOKED: Final = "api_key.revoked"
_EXPORT_CLAIM: Final = "EXPORT#"
_ERASED: Final = "customer.erased"
_ABOUT_A_VERSION: Final = frozenset({"version", "updatedAt", "changedBy", "event", "broughtBack"})
_UPDATED: Final = "#UPDATED#"


class TenantsRule:
    """The rule for the table `Tenants`; `now` is when whatever is set back was changed."""

    def __init__(self, restored: Table, serving: Table, since: Since, *, now: datetime) -> None:
        self._restored = restored
        self._serving = serving
        self._since = since
        self._now = now
        self._present: dict[str, bool] = {}
        self._known: dict[str, bool] = {}

    def phases(self) -> Sequence[frozenset[str]]:
        """The count of owners after the owners; the organization last, for as long as it is missing, all come back."""
        return frozenset({Kind.OWNERS.value}), frozenset({Kind.ORGANIZATION.value})

    def kind_of(self, item: Item) -> str:
        """Return the kind that the partition names."""
        return str(item["PK"]["S"]).rpartition("#")[2]

    def revived(self, was: Item, present: Item | None) -> Item | None:
        """Return an item of a living organization as it was, if it has changed since or is missing."""
        organization, kind = organization_of(was["PK"]["S"]), Kind(self.kind_of(was))
        if self._is_passing(was, kind) or self._has_expired(was) or self._since.is_over(organization):
            return None
        if kind in _WAYS_IN:
            return None if present is not None or self._is_there(organization) else self._way_in(was, kind)
        done = self._done_to(was, kind)
        if present is None:
            return None if _ERASED in done else self._again(was, done)
        # Numbers that were given out since are known to people, and erased customers are nobody's any more.
        if kind is Kind.COUNTER or "erasedAt" in present or _content(was) == _content(present):
            return None
        return self._next(was, max(number_of(was, "version") or 0, number_of(present, "version") or 0))

    def is_over(self, present: Item, was: Item | None) -> bool:
        """Tell whether an item was made since, in an organization that there was."""
        organization, kind = organization_of(present["PK"]["S"]), Kind(self.kind_of(present))
        if was is not None or kind in _WAYS_IN or kind is Kind.COUNTER or self._is_passing(present, kind):
            return False
        return self._was_known(organization) and not self._since.is_over(organization)

    def _way_in(self, was: Item, kind: Kind) -> Item | None:
        """Return who could reach a lost organization, if nothing was done to them since; its owners as they are now."""
        organization = organization_of(was["PK"]["S"])
        if kind is Kind.OWNERS:
            members = self._serving.partition(tenant_partition(organization, Kind.MEMBER))
            owners = sum(text_of(member, "role") == "owner" and "deletedAt" not in member for member in members)
            return {**was, "owners": {"N": str(owners)}}
        done = self._done_to(was, kind)
        if kind in _KNOWN_BY_OTHERS and _REVOKED not in done:
            return self._again(was, done)
        return None if done else self._again(was, done)

    def _again(self, was: Item, done: Sequence[str]) -> Item:
        """Return a lost item as it was; as a version of its own behind those that others have heard of since."""
        if done:
            return self._next(was, (number_of(was, "version") or 0) + len(done))
        return {**was, "broughtBack": was["version"]} if "version" in was else was

    def _done_to(self, was: Item, kind: Kind) -> list[str]:
        resource_id = text_of(was, "id") or was["SK"]["S"]
        return self._since.changes(organization_of(was["PK"]["S"]), kind.resource, resource_id)

    def _next(self, was: Item, version: int) -> Item:
        """Return the next version of an item, which is what it was; one without versions just as it was."""
        if "version" not in was:
            return was
        at, before = to_rfc3339(self._now), text_of(was, "updatedAt") or ""
        actor = {"type": "system", "id": "restore", "name": "restore", "at": at}
        origin = dict.fromkeys(("ip", "requestId", "userAgent"), "")
        by = {name: {"S": value} for name, value in {**actor, **origin}.items()}
        item = {name: value for name, value in was.items() if name not in {"event", "broughtBack"}}
        for name in _places_by_time(was):
            item[name] = {"S": was[name]["S"].replace(before, at)}
        return {**item, "version": {"N": str(version + 1)}, "updatedAt": {"S": at}, "changedBy": {"M": by}}

    def _is_passing(self, item: Item, kind: Kind) -> bool:
        return kind in _PASSING or (kind is Kind.UNIQUE and item["SK"]["S"].startswith(_EXPORT_CLAIM))

    def _has_expired(self, was: Item) -> bool:
        ends_at = number_of(was, "expiresAt")
        return ends_at is not None and ends_at <= self._now.timestamp()

    def _is_there(self, organization: OrganizationId) -> bool:
        return self._has(self._serving, organization, self._present)

    def _was_known(self, organization: OrganizationId) -> bool:
        return self._has(self._restored, organization, self._known)

    def _has(self, table: Table, organization: OrganizationId, found: dict[str, bool]) -> bool:
        if organization not in found:
            own = get(table, (tenant_partition(organization, Kind.ORGANIZATION), organization))
            found[organization] = own is not None
        return found[organization]


def _content(item: Item) -> dict[str, object]:
    """Return what an item says, whatever its version."""
    by_version = _ABOUT_A_VERSION | _places_by_time(item)
    return {name: value for name, value in item.items() if name not in by_version}


def _places_by_time(item: Item) -> set[str]:
    """Return the attributes that sort an item among others by the time of its version."""
    listed = {name for name in item if name.startswith("GSI") and name.endswith("PK") and _UPDATED in item[name]["S"]}
    return {name.removesuffix("PK") + "SK" for name in listed}
