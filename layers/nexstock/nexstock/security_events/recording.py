"""Records what was told to the queue: each event once, however often its note is delivered."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from nexstock.auth.principals import Actor, ActorType, observed_tenant
from nexstock.clock import to_rfc3339
from nexstock.identity.memberships import memberships_of
from nexstock.identity.people import email_owner, find_person
from nexstock.ids import SecurityEventId, derived_id
from nexstock.persistence.transaction import ConcurrentChange, Transaction
from nexstock.security_events.model import SecurityAction, SecurityEvent, Subject
from nexstock.security_events.notes import EventNote, FailedSignIn
from nexstock.security_events.repository import SecurityEventRepository

_SOMEBODY: Final = Actor(ActorType.ANONYMOUS, "anonymous", "somebody who was not let in")
_HOUR: Final = len("2026-11-26T17")


def record_told(message: Mapping[str, str]) -> None:
    """Record what a queued note tells of; what nobody's organization is concerned by is forgotten."""
    if "event" in message:
        note = EventNote.parse(message["event"])
        _record(note, once=to_rfc3339(note.at)[:_HOUR])
        return
    for note in _concerning(FailedSignIn.parse(message["failedSignIn"])):
        _record(note, once=note.origin.request_id)


def _concerning(failed: FailedSignIn) -> Iterator[EventNote]:
    """Give the event for each organization that the owner of the address belongs to."""
    owner = email_owner(failed.email)
    person = find_person(owner) if owner else None
    if owner is None or person is None:
        return
    for membership in memberships_of(owner, person.organization_ids):
        yield EventNote(
            organization_id=membership.organization_id,
            actor=_SOMEBODY,
            origin=failed.origin,
            at=failed.at,
            action=SecurityAction.SIGN_IN_FAILED,
            about=Subject("member", owner),
            details={"by": failed.by},
        )


def _record(note: EventNote, *, once: str) -> None:
    """Store an event; `once` is what those that are recorded together have in common."""
    same = json.dumps(
        [note.organization_id, note.action, note.actor.id, note.about.kind, note.about.id, dict(note.details), once]
    )
    tenant = observed_tenant(note.organization_id, note.actor, note.origin, Transaction())
    SecurityEventRepository(tenant).add(
        SecurityEvent(
            id=SecurityEventId(derived_id("sev", same)),
            created_at=note.at,
            action=note.action,
            about=note.about,
            details=note.details,
        )
    )
    try:
        tenant.transaction.commit()
    except ConcurrentChange:
        return
