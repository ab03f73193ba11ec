"""The table's stream: what a record says, and how a batch is worked through.

Records are handled in order, and the first that fails for now ends the batch: Lambda resumes at that record, so no
later change of an item is handled before an earlier one. A record that fails for ever is set aside, and the others go
on. A batch that fails at its very first record fails as a whole: Lambda only splits what is left of a batch where it is
told so by an error, and a record that keeps failing would otherwise take the rest of its batch with it when its retries
end (AWS: "Configuring partial batch response with DynamoDB and Lambda", "Bisecting a batch"). Delivery is at least
once, so handlers do twice what amounts to once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from nexstock.ids import OrganizationId
from nexstock.observability import log_fault, logger
from nexstock.persistence.keys import Kind, organization_of
from nexstock.stream_failures import is_for_ever, set_aside

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
        return f"{self.id_of_version(self.version)}{'#removed' if self.after is None else ''}"

    def id_of_version(self, version: int) -> str:
        """Return the identity of the change that made a version of the same resource."""
        return f"{self.resource}#{version}"


class BatchFailed(Exception):  # noqa: N818 (names the fact)
    """The first record of a batch failed; what is wrong with it stands in the log."""


def work_through(event: Mapping[str, Any], handle: Callable[[Record], None]) -> BatchAnswer:
    """Handle the records in order and tell Lambda where to resume, if anywhere.

    Args:
        event: the batch; `redriven` says that a person hands it over once more, who sees what fails.
        handle: handles one record.

    Raises:
        BatchFailed: at the very first record, so that Lambda splits the batch.
    """
    logger.clear_state()
    sets_aside = not event.get("redriven", False)
    for place, record in enumerate(event["Records"]):
        if not _handle_one(record, handle, sets_aside=sets_aside):
            return _resume_at(event["Records"], place)
    return {"batchItemFailures": []}


class Progress(NamedTuple):
    """How many changes, from the first on, are done with, and what stopped it at the next one, if anything did."""

    done: int
    error: Exception | None = None


HandleTogether = Callable[[Sequence[Change]], Progress]


def work_through_by_organization(event: Mapping[str, Any], handle: HandleTogether) -> BatchAnswer:
    """Handle each organization's changes together, in order, and tell Lambda where to resume, if anywhere.

    A record that cannot be handled now ends the batch for its own organization, whose later changes wait; other
    organizations' are handled, and come once more behind the record that failed. One that never can is set aside.

    Args:
        event: the batch; `redriven` says that a person hands it over once more, who sees what fails.
        handle: takes changes of one organization.

    Raises:
        BatchFailed: at the very first record, so that Lambda splits the batch.
    """
    logger.clear_state()
    records, sets_aside = event["Records"], not event.get("redriven", False)
    changes: dict[OrganizationId, list[tuple[int, Change]]] = {}
    failed = []
    for place, record in enumerate(records):
        try:
            change = Change.parse(record)
        except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
            if _is_set_aside(record, error, sets_aside=sets_aside):
                continue
            failed.append(place)
            break
        if change is not None:
            changes.setdefault(change.organization_id, []).append((place, change))
    for placed in changes.values():
        failed += _handle_placed(placed, records, handle, sets_aside=sets_aside)
    return _resume_at(records, min(failed)) if failed else {"batchItemFailures": []}


def _handle_placed(
    placed: Sequence[tuple[int, Change]], records: Sequence[Record], handle: HandleTogether, *, sets_aside: bool
) -> list[int]:
    """Handle changes of one organization, and return the place of the record that it has to resume at, if any."""
    while placed:
        done, error = handle([change for _place, change in placed])
        if error is None:
            break
        place, _change = placed[done]
        if not _is_set_aside(records[place], error, sets_aside=sets_aside):
            return [place]
        placed = placed[done + 1 :]
    return []


def _handle_one(record: Record, handle: Callable[[Record], None], *, sets_aside: bool) -> bool:
    try:
        handle(record)
    except Exception as error:  # noqa: BLE001 (whatever it was, the record is delivered again)
        return _is_set_aside(record, error, sets_aside=sets_aside)
    return True


def _is_set_aside(record: Record, error: Exception, *, sets_aside: bool) -> bool:
    """Set a record aside if it failed for ever; tell whether it is, so that those behind it need not wait."""
    try:
        if sets_aside and is_for_ever(error):
            set_aside(record, error)
            return True
    except Exception as failure:  # noqa: BLE001 (the queue did not take it, so the record is delivered again)
        log_fault("stream record not set aside", failure)
    log_fault("stream record failed", error)
    return False


def _resume_at(records: Sequence[Record], place: int) -> BatchAnswer:
    if place == 0:
        raise BatchFailed from None
    return {"batchItemFailures": [{"itemIdentifier": records[place]["dynamodb"]["SequenceNumber"]}]}
