"""Reconciliation: what the organizations' table holds is compared with the audit log, and what is missing is put there.

The stream keeps a change for 24 hours. Where its consumer was away for longer, changes are in the table and in no
entry. They cannot be told in full any more, but that they were made can be: an entry for each lost version says so, in
words of its own (`product.reconciled`), so that a gap is closed and stays visible. An organization is worked through a
page of items at a time, and a message goes on where the one before it ended. Whatever is done twice comes to the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from nexstock.audit.gaps import Gaps
from nexstock.auth.principals import system_tenant
from nexstock.background import SendNote
from nexstock.changes import AUDITED_ALWAYS, AUDITED_WITH_EVENT, Change
from nexstock.clock import Clock, from_rfc3339, to_rfc3339, utc_now
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from nexstock.organizations.repository import SHARDS, organizations_in
from nexstock.persistence.images import read_images
from nexstock.persistence.keys import Kind
from nexstock.persistence.transaction import RawItem

LOOKS_BACK: Final = timedelta(days=7)
"""Changes older than that were compared by the runs before, one a day."""

_KINDS: Final = (*AUDITED_ALWAYS, *AUDITED_WITH_EVENT)
_ORGANIZATIONS_AT_ONCE: Final = 100
_ITEMS_AT_ONCE: Final = 100
_PAGES_AT_ONCE: Final = 20
_QUEUE: Final = "RECONCILIATIONS"
_FOUND: Final = "AUDIT_GAPS"
_NAMED: Final = 100


@dataclass(frozen=True, slots=True)
class _Place:
    """How far an organization's reconciliation has come: behind an item of a kind."""

    organization_id: OrganizationId
    since: datetime
    kind: Kind
    after: str | None

    @classmethod
    def parse(cls, message: Mapping[str, str], now: datetime) -> Self:
        since = from_rfc3339(message["since"]) if "since" in message else now - LOOKS_BACK
        kind = Kind(message.get("kind", _KINDS[0]))
        return cls(OrganizationId(message["organizationId"]), since, kind, message.get("after"))

    @property
    def message(self) -> dict[str, str]:
        """The place as the queue carries it."""
        return {
            "organizationId": self.organization_id,
            "since": to_rfc3339(self.since),
            "kind": self.kind,
            **({} if self.after is None else {"after": self.after}),
        }

    def behind(self, after: str | None) -> "_Place | None":
        """Return where it goes on: behind an item, or with the next kind; None at the end of the last one."""
        if after is not None:
            return _Place(self.organization_id, self.since, self.kind, after)
        following = _KINDS[_KINDS.index(self.kind) + 1 :]
        return _Place(self.organization_id, self.since, following[0], None) if following else None


def begin_reconciliation(*, send: SendNote) -> None:
    """Queue the reconciliation of all organizations."""
    for shard in range(SHARDS):
        send(_QUEUE, {"shard": str(shard)})


def reconcile(message: Mapping[str, str], *, send: SendNote, clock: Clock = utc_now) -> None:
    """Go on with what a queued message names: a shard of all organizations, or one of them."""
    if "shard" in message:
        _queue_organizations(int(message["shard"]), message.get("after"), send)
        return
    now = clock()
    place: _Place | None = _Place.parse(message, now)
    gaps = Gaps(system_tenant(OrganizationId(message["organizationId"]), "reconciliation"), now)
    for _ in range(_PAGES_AT_ONCE):
        if place is None:
            return
        images, after = read_images(place.organization_id, place.kind, limit=_ITEMS_AT_ONCE, after=place.after)
        _close_gaps(gaps, place, images, send)
        place = place.behind(after)
    if place is not None:
        send(_QUEUE, place.message)


def _queue_organizations(shard: int, after: str | None, send: SendNote) -> None:
    organization_ids, more_after = organizations_in(shard, limit=_ORGANIZATIONS_AT_ONCE, after=after)
    for organization_id in organization_ids:
        send(_QUEUE, {"organizationId": organization_id})
    if more_after is not None:
        send(_QUEUE, {"shard": str(shard), "after": more_after})


def _close_gaps(gaps: Gaps, place: _Place, images: Iterable[RawItem], send: SendNote) -> None:
    missing = list(gaps.missing_of(_changes(place, images)))
    if not missing:
        return
    # Told of first: should this end in between, the next run closes the rest, and says so again.
    found = {"organizationId": place.organization_id, "kind": place.kind.resource, "versions": str(len(missing))}
    send(_FOUND, {**found, "entries": " ".join(facts.id for facts in missing[:_NAMED])})
    for facts in missing:
        gaps.close(facts)
    logger.warning("audit gaps closed", organization_id=place.organization_id, count=len(missing))


def _changes(place: _Place, images: Iterable[RawItem]) -> list[Change]:
    """Return the present versions that were made since, as the changes that made them."""
    since = to_rfc3339(place.since)
    recent = (image for image in images if image["updatedAt"]["S"] >= since)
    records = ({"dynamodb": {"Keys": {"PK": image["PK"], "SK": image["SK"]}, "NewImage": image}} for image in recent)
    return [change for record in records if (change := Change.parse(record)) is not None]
