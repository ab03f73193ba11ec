"""The table's stream: what a record says, and how a batch is worked through.

Records are handled in order, and the first failure ends the batch: Lambda resumes at that record, so no later
change of an item is ever handled before an earlier one. A batch that fails at its very first record fails as a
whole: Lambda only splits what is left of a batch where it is told so by an error, and a record that can never be
handled would otherwise take the rest of its batch with it when its retries end (AWS: "Configuring partial batch
response with DynamoDB and Lambda", "Bisecting a batch"). Delivery is at least once, so handlers do twice what amounts
to once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from nexstock.ids import OrganizationId
from nexstock.observability import log_fault, logger
from nexstock.persistence.keys import Kind, organization_of

Record = Mapping[str, Any]
Image = dict[str, dict[str, Any]]
BatchAnswer = dict[str, list[dict[str, str]]]

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
_SILENT_WITHOUT_EVENT = frozenset({Kind.STOCK_LEVEL, Kind.STOCK_MOVEMENT, Kind.COUNT_LINE, Kind.IMPORT, Kind.EXPORT})
"""Kinds whose changes say something only sometimes: the order, or the count, that moved stock says the rest, and how
far an import has come is nobody's deed."""

_ROTATED = "rotatedAt"
"""The attribute of whatever has a secret that can be replaced."""

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
        named, and an item that TTL removes was deleted 30 days ago.

        Raises:
            ValueError: the record is not one of this table's.
        """
        change = record["dynamodb"]
        if record.get("userIdentity", {}).get("principalId") == _TTL_SERVICE:
            return None
        partition = change["Keys"]["PK"]["S"]
        kind = Kind(partition.rpartition("#")[2])
        after = change.get("NewImage")
        if kind in _SILENT or (kind in _SILENT_WITHOUT_EVENT and "event" not in (after or {})):
            return None
        # What has an id of its own beside its key names it; everything else has its id for a key.
        resource_id = (after or {}).get("id", change["Keys"]["SK"])["S"]
        return cls(organization_of(partition), kind, resource_id, change.get("OldImage"), after)

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
        suffix = "#removed" if self.after is None else ""
        return f"{self.resource}#{self.version}{suffix}"


class BatchFailed(Exception):  # noqa: N818 (names the fact)
    """The first record of a batch failed; what is wrong with it stands in the log."""


def work_through(event: Mapping[str, Any], handle: Callable[[Record], None]) -> BatchAnswer:
    """Handle the records in order and tell Lambda where to resume, if anywhere.

    Raises:
        BatchFailed: at the very first record, so that Lambda splits the batch.
    """
    logger.clear_state()
    for place, record in enumerate(event["Records"]):
        try:
            handle(record)
        except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
            log_fault("stream record failed", error)
            if place == 0:
                raise BatchFailed from None
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}
