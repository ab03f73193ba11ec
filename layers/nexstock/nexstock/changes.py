"""A change of one item of one organization: what a record of the table's stream says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind, organization_of

Record = Mapping[str, Any]
Image = dict[str, dict[str, Any]]

_SILENT = frozenset(
    {
        Kind.UNIQUE,
        Kind.USES,
        Kind.OWNERS,
        Kind.COUNTER,
        Kind.ORDER_EXPIRY,
        Kind.STOCK_LOT,
        Kind.SERIAL_NUMBER,
        Kind.IMPORT_ERRORS,
    }
)
_SILENT_WITHOUT_EVENT = frozenset(
    {Kind.STOCK_LEVEL, Kind.STOCK_MOVEMENT, Kind.COUNT_LINE, Kind.IMPORT, Kind.EXPORT, Kind.SECURITY_EVENT}
)
"""Kinds whose changes say something only sometimes: the order, or the count, that moved stock says the rest, how far an
import has come is nobody's deed, and that a security event goes says nothing."""

AUDITED_ALWAYS = tuple(
    kind for kind in Kind if kind not in {*_SILENT, *_SILENT_WITHOUT_EVENT, Kind.AUDIT_ENTRY, Kind.SECURITY_EVENT}
)
"""Kinds every version of whose items is in the audit log."""

AUDITED_WITH_EVENT = tuple(kind for kind in Kind if kind in _SILENT_WITHOUT_EVENT)
"""Kinds of whose items only those versions are that an event came with."""

_ROTATED = "rotatedAt"
"""The attribute of whatever has a secret that can be replaced."""

_BROUGHT_BACK = "broughtBack"
"""The attribute by which a restore names the version that it put back (infra/restore)."""

_TTL_SERVICE = "dynamodb.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one item of one organization.

    `before` and `after` are the item's images in DynamoDB's typed form; `after` is None for a removal.
    """

    organization_id: OrganizationId
    kind: Kind
    resource_id: str
    before: Image | None
    after: Image | None

    @classmethod
    def parse(cls, record: Record) -> Self | None:
        """Return the change, or None for what is no change of a resource.

        Claims of unique values and what is kept for ourselves, such as uses, counters and the ends of reservations, say
        nothing new, nor do lots and serial numbers, which their movement names; stock says something where an event is
        named, and an item that TTL removes was deleted 30 days ago. Where every version says something, what leaves the
        version as it is does not: the resource is the same, and only how it is kept or found has changed. Nor does what
        a restore put back where it was lost, as the version that everybody has heard of.

        Raises:
            ValueError: the record is not one of this table's.
        """
        change = record["dynamodb"]
        if record.get("userIdentity", {}).get("principalId") == _TTL_SERVICE:
            return None
        partition = change["Keys"]["PK"]["S"]
        kind = Kind(partition.rpartition("#")[2])
        before, after = change.get("OldImage"), change.get("NewImage")
        if kind in _SILENT or (kind in _SILENT_WITHOUT_EVENT and "event" not in (after or {})):
            return None
        if kind not in _SILENT_WITHOUT_EVENT and before and after and before["version"] == after["version"]:
            return None
        if before is None and after and after.get(_BROUGHT_BACK) == after["version"]:
            return None
        # What has an id of its own beside its key names it; everything else has its id for a key.
        resource_id = (after or {}).get("id", change["Keys"]["SK"])["S"]
        return cls(organization_of(partition), kind, resource_id, before, after)

    @property
    def version(self) -> int:
        """The version that the change made, or that it removed."""
        image = self.after or self.before or {}
        return int(image["version"]["N"])

    @property
    def resource(self) -> str:
        """What it is a change of: its changes have rising versions, and come one after the other."""
        return f"{self.kind}#{self.resource_id}"

    @property
    def verb(self) -> str:
        """What happened, in the words of the events.

        `created`, `updated`, `rotated`, `deleted`, `restored` or `removed`.
        """
        if self.after is None:
            return "removed"
        if self.before is None:
            return "created"
        was_deleted, is_deleted = "deletedAt" in self.before, "deletedAt" in self.after
        if was_deleted == is_deleted:
            return "updated" if self.before.get(_ROTATED) == self.after.get(_ROTATED) else "rotated"
        return "deleted" if is_deleted else "restored"

    @property
    def event_type(self) -> str:
        """The event's type, one vocabulary for audit and webhooks, e.g. `product.updated`."""
        named = (self.after or {}).get("event")
        if named is not None:
            return str(named["S"])
        verb = "revoked" if (self.kind, self.verb) == (Kind.API_KEY, "deleted") else self.verb
        return f"{self.kind.resource}.{verb}"

    @property
    def id(self) -> str:
        """The change's identity: the same however often, and after whatever outage, its record is delivered."""
        return f"{self.id_of_version(self.version)}{'#removed' if self.after is None else ''}"

    def id_of_version(self, version: int) -> str:
        """Return the identity of the change that made a version of the same resource."""
        return f"{self.resource}#{version}"
