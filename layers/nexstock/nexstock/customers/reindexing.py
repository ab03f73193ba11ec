"""Customers are indexed anew after the secret of the blind index got a successor, while others go on changing them.

One step at a time is taken, each on condition of what the one before came to: a pass over all organizations, another
one until there was one that found nothing, and then the end of the secret before. A change of a customer that was read
before a pass came by may bring its old index back, which is why one pass is not enough, and why the next waits until no
request of that time can still be under way. Nothing but the index is written, and only while the customer is as it
was; its version stays, so that nobody is told (docs/adr/0024-secrets-age-out.md).
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

from nexstock.auth.principals import system_tenant
from nexstock.background import SendNote
from nexstock.clock import Clock, utc_now
from nexstock.crypto import rotation_progress
from nexstock.crypto.envelope import CannotOpen
from nexstock.crypto.rotation_progress import Rotation
from nexstock.crypto.stored_secrets import Purpose, remove_secret, stored_versions
from nexstock.customers.model import Customer
from nexstock.customers.repository import CustomerRepository
from nexstock.customers.service import CustomerVault
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from nexstock.organizations.repository import SHARDS, count_organizations, organizations_in

APART: Final = timedelta(hours=1)
"""Between a new version and the first pass, and between two passes: longer than a container goes without looking for
versions, than a message waits, and than any function runs, all together."""

_PURPOSE: Final = Purpose.BLIND_INDEX
_QUEUE: Final = "REINDEXING"
_CUSTOMERS_AT_ONCE: Final = 100
_KEPT_BACK: Final = timedelta(seconds=40)
"""Of the time that a function has: enough for one more page, of customers that each take a call of KMS."""


class Step(StrEnum):
    """What came next."""

    NOTHING = "nothing"
    WAITS = "waits"
    BEGINS = "begins"
    FINISHED = "finished"


def take_next_step(*, send: SendNote, now: datetime) -> Step:
    """Do what comes next, if it is time for it; safe to run at any time and any number of times at once."""
    newest, *older = stored_versions(_PURPOSE)
    if not older:
        return Step.NOTHING
    rotation = rotation_progress.find_rotation(_PURPOSE)
    if rotation is None or rotation.version != newest.version:
        return _begin_pass(newest.version, rotation, send, now) if now - newest.created_at >= APART else Step.WAITS
    if _is_over(rotation) and rotation_progress.finish(_PURPOSE, rotation.pass_number, now):
        for version in reversed(older):
            remove_secret(_PURPOSE, version.version)
        return Step.FINISHED
    # A pass that nothing was heard of for so long is as good as one that found something.
    return _begin_pass(newest.version, rotation, send, now) if now - rotation.progressed_at >= APART else Step.WAITS


def reindex(message: Mapping[str, str], *, send: SendNote, time_left: timedelta, clock: Clock = utc_now) -> None:
    """Go on with a pass over a shard of all organizations for most of the time left, and queue the rest of it."""
    place = _Place.parse(message)
    until = clock() + time_left - _KEPT_BACK
    try:
        following = _behind(place, clock)
        while following is not None and clock() < until:
            place, following = following, _behind(following, clock)
    except _PassEnded:
        return
    is_present = rotation_progress.note_progress(
        _PURPOSE,
        place.pass_number,
        shard=place.shard,
        organizations_done=(following or place).done,
        has_ended=following is None,
        now=clock(),
    )
    if is_present and following is not None:
        send(_QUEUE, following.message)


class _PassEnded(Exception):  # noqa: N818 (an event)
    """Another pass has begun; this one has nothing to say any more."""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far a pass has come in a shard: behind a customer of an organization, or behind all of that organization."""

    version: str
    pass_number: int
    shard: int
    done: int = 0
    organization_id: OrganizationId | None = None
    after: str | None = None

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> Self:
        organization_id = message.get("organizationId")
        return cls(
            message["version"],
            int(message["pass"]),
            int(message["shard"]),
            int(message.get("done", "0")),
            None if organization_id is None else OrganizationId(organization_id),
            message.get("after"),
        )

    @property
    def message(self) -> dict[str, str]:
        """The place as the queue carries it."""
        optional = {"organizationId": self.organization_id, "after": self.after}
        return {
            "version": self.version,
            "pass": str(self.pass_number),
            "shard": str(self.shard),
            "done": str(self.done),
            **{name: value for name, value in optional.items() if value is not None},
        }


def _is_over(rotation: Rotation) -> bool:
    return rotation.ended_shards == SHARDS and not rotation.found_any


def _begin_pass(version: str, after: Rotation | None, send: SendNote, now: datetime) -> Step:
    number = rotation_progress.begin_pass(_PURPOSE, version, after=after, organizations=count_organizations(), now=now)
    if number is None:
        return Step.WAITS
    for shard in range(SHARDS):
        send(_QUEUE, _Place(version, number, shard).message)
    return Step.BEGINS


def _behind(place: _Place, clock: Clock) -> _Place | None:
    """Work on a page of customers, and return where it goes on; None at the end of the shard.

    Raises:
        _PassEnded: another pass has begun.
    """
    if place.organization_id is None or place.after is None:
        following, _ = organizations_in(place.shard, limit=1, after=place.organization_id)
        if not following:
            return None
        place = replace(place, organization_id=following[0])
    after = _reindex_some(place, clock)
    return replace(place, after=after, done=place.done + (after is None))


def _reindex_some(place: _Place, clock: Clock) -> str | None:
    """Index some customers of an organization anew, and return the one that more stand behind (None: none)."""
    tenant = system_tenant(OrganizationId(str(place.organization_id)), "rotation")
    customers, vault = CustomerRepository(tenant), CustomerVault(tenant)
    page = customers.list_indexed_before(place.version, limit=_CUSTOMERS_AT_ONCE, after=place.after)
    # Noted first: a crash in between leaves a pass that is known to have had something to do.
    if page.items and not rotation_progress.note_found(_PURPOSE, place.pass_number, clock()):
        raise _PassEnded
    with contextlib.suppress(CannotOpen):
        vault.fetch_keys(page)
    unopened = [customer for customer in page.items if not _reindex_one(customer, customers, vault)]
    if unopened:
        # They are found by the secret before, which stays for as long as a pass finds them.
        logger.error("customers not indexed anew", organization_id=tenant.organization_id, count=len(unopened))
    return page.last_key


def _reindex_one(customer: Customer, customers: CustomerRepository, vault: CustomerVault) -> bool:
    """Index a customer anew, unless they were changed since they were read; tell whether their address opened."""
    try:
        details = vault.open(customer.id, customer.details)
    except CannotOpen:
        return False
    customers.reindex(replace(customer, **vault.derived(details)), indexed_so_far=customer.email_index)
    return True
