"""Data keys of organizations get successors: by age, or because somebody asked; in the background, some at a time.

1. Every day each organization is looked at. A key that has become old enough, or that is older than a request, gets the
   next version, wrapped by KMS and seen by nobody.
2. Once no container can have the earlier one in mind as the newest any more, a pass goes over the keys of the resources
   and seals those anew that are under another version; the resources themselves are not touched.
3. When a pass has found nothing to do, and what is kept for a day has ended, the earlier versions are destroyed.

A message says where to go on and may come twice; what a run ended in the middle of, the next day takes up again
(docs/adr/0029-rotation-of-data-keys.md).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self

from nexstock.background import SendNote
from nexstock.clock import Clock, from_rfc3339, to_rfc3339, utc_now
from nexstock.crypto.data_keys import DataKey, add_version, data_key
from nexstock.crypto.item_keys import renew
from nexstock.crypto.lifetimes import OPENED_KEYS_LIVE
from nexstock.crypto.messages import CannotOpen
from nexstock.crypto.stored_keys import ItemKeyItem, by_kind, destroy_data_keys, stored_data_keys
from nexstock.encryption.notes import QUEUE
from nexstock.encryption.states import Pass, RotationStates, is_older, store_pass
from nexstock.ids import OrganizationId
from nexstock.key_ages import tell_key_age
from nexstock.key_policies import data_key_age
from nexstock.observability import log_fault, logger
from nexstock.organizations.repository import organizations_in
from nexstock.persistence.keys import item_keys_partition
from nexstock.queues import MAX_DELAY_S

SETTLED_AFTER: Final = 2 * OPENED_KEYS_LIVE
"""By then no container seals under the version before: none has it in mind for longer than half of that."""

KEPT_FOR: Final = timedelta(hours=48)
"""How long a version is kept that nothing is sealed under any more but answers of a day, which TTL removes late."""

_ORGANIZATIONS_AT_ONCE: Final = 100
_KEYS_AT_ONCE: Final = 100
_PAGES_AT_ONCE: Final = 10


def rotate(message: Mapping[str, str], *, send: SendNote, clock: Clock = utc_now) -> None:
    """Go on with what a queued message names: a shard of all organizations, one of them, or a pass over one kind.

    Raises:
        TemporarilyUnavailable: KMS did not answer; the message comes again.
    """
    if "shard" in message:
        _queue_organizations(int(message["shard"]), message.get("after"), send)
    elif "kind" in message:
        _go_on(_Place.parse(message), send, clock)
    else:
        _look_at(OrganizationId(message["organizationId"]), send, clock())


def _queue_organizations(shard: int, after: str | None, send: SendNote) -> None:
    organization_ids, more_after = organizations_in(shard, limit=_ORGANIZATIONS_AT_ONCE, after=after)
    for organization_id in organization_ids:
        send(QUEUE, {"organizationId": organization_id})
    if more_after is not None:
        send(QUEUE, {"shard": str(shard), "after": more_after})


def _look_at(organization_id: OrganizationId, send: SendNote, now: datetime) -> None:
    """Make the versions that are due, and begin a pass over each kind that has more than one."""
    requested_at = RotationStates.of(organization_id).requested_at
    for versions in by_kind(stored_data_keys(organization_id)).values():
        newest = versions[-1]
        if newest.created_at <= now - data_key_age() or is_older(newest, requested_at):
            # Not before the request, by whichever clock: or it would ask for one more.
            add_version(organization_id, newest, max(now, requested_at or now))
    kinds = by_kind(stored_data_keys(organization_id))
    if kinds:
        oldest = min(versions[-1].created_at for versions in kinds.values())
        tell_key_age("data_keys", now - oldest, data_key_age())
    for kind, versions in kinds.items():
        if len(versions) > 1:
            newest = versions[-1]
            place = _Place(organization_id, Pass(kind=kind, version=newest.version, began_at=now, total=0), after=None)
            wait_s = math.ceil((newest.created_at + SETTLED_AFTER - now).total_seconds())
            send(QUEUE, place.message, delay_s=max(0, min(wait_s, MAX_DELAY_S)))


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a pass over an organization's keys of one kind has come: behind the key of a resource."""

    organization_id: OrganizationId
    made: Pass
    after: str | None

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> Self:
        made = Pass(
            kind=message["kind"],
            version=message["version"],
            began_at=from_rfc3339(message["beganAt"]),
            total=int(message["total"]),
            seen=int(message["seen"]),
            renewed=int(message["renewed"]),
            stuck=int(message["stuck"]),
        )
        return cls(OrganizationId(message["organizationId"]), made, message.get("after"))

    @property
    def message(self) -> dict[str, str]:
        """The place as the queue carries it."""
        return {
            "organizationId": self.organization_id,
            "kind": self.made.kind,
            "version": self.made.version,
            "beganAt": to_rfc3339(self.made.began_at),
            "total": str(self.made.total),
            "seen": str(self.made.seen),
            "renewed": str(self.made.renewed),
            "stuck": str(self.made.stuck),
            **({} if self.after is None else {"after": self.after}),
        }


def _go_on(place: _Place, send: SendNote, clock: Clock) -> None:
    organization_id, made, after = place.organization_id, place.made, place.after
    partition = item_keys_partition(organization_id, made.kind)
    if after is None:
        made = replace(made, total=ItemKeyItem.count(partition, consistent_read=True))
    try:
        under = data_key(organization_id, made.kind, made.version)
    except CannotOpen:
        # The organization was deleted meanwhile, and its keys destroyed.
        logger.info("rotation dropped", organization_id=organization_id)
        return
    for _ in range(_PAGES_AT_ONCE):
        items, after = ItemKeyItem.query_page(partition, limit=_KEYS_AT_ONCE, after=after)
        made = _with(made, organization_id, items, under)
        if after is None:
            _end(organization_id, replace(made, ended_at=clock()))
            return
    store_pass(organization_id, made)
    send(QUEUE, _Place(organization_id, made, after).message)


def _with(made: Pass, organization_id: OrganizationId, items: list[ItemKeyItem], under: DataKey) -> Pass:
    """Return the pass with some more keys looked at."""
    renewed = stuck = 0
    for item in items:
        if item.sealed is None or item.data_key_version >= under.version:
            continue
        try:
            renewed += renew(organization_id, made.kind, item, under=under)
        except CannotOpen as error:
            # It was altered: nothing opens it, and the others are not held up by it.
            log_fault("key of a resource does not open", error)
            stuck += 1
    return replace(made, seen=made.seen + len(items), renewed=made.renewed + renewed, stuck=made.stuck + stuck)


def _end(organization_id: OrganizationId, made: Pass) -> None:
    """Write down that a pass has ended, and destroy the versions that it showed to be unused."""
    store_pass(organization_id, made)
    versions = by_kind(stored_data_keys(organization_id)).get(made.kind, [])
    newest = next((item for item in versions if item.version == made.version), None)
    if newest is None or made.ended_at is None or not made.is_clean:
        return
    if newest.created_at + KEPT_FOR <= made.began_at:
        unused = [item for item in versions if item.version < made.version]
        destroy_data_keys(unused, made.ended_at)
        logger.info("data keys destroyed", organization_id=organization_id, kind=made.kind, count=len(unused))
