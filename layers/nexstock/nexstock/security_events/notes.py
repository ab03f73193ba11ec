"""Events that are told to a queue: where nothing is written, or where what is written must not depend on them.

Whoever tells of an event needs no right on any table, and nobody waits for one. A refusal, and a reading of the audit
log, is recorded once an hour for each party and what it asked for, so that a program that goes on asking fills no log.
A wrong password is told of whether anybody has the address or not, by the same call: who is registered is looked up by
the consumer, where no answer depends on it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final, Self

from nexstock.auth.principals import Actor, ActorType, RequestOrigin
from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.ids import OrganizationId
from nexstock.security_events.model import SecurityAction, Subject

_QUEUE: Final = "SECURITY_EVENTS"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNote:
    """An event as the queue carries it; `origin` is the request that it happened in."""

    organization_id: OrganizationId
    actor: Actor
    origin: RequestOrigin
    at: datetime
    action: SecurityAction
    about: Subject
    details: Mapping[str, str]

    @property
    def message(self) -> dict[str, str]:
        """The note as texts."""
        told = {
            "organizationId": self.organization_id,
            "actor": asdict(self.actor),
            "origin": asdict(self.origin),
            "at": to_rfc3339(self.at),
            "action": self.action,
            "about": asdict(self.about),
            "details": dict(self.details),
        }
        return {"event": json.dumps(told)}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the note that `message` made a text of."""
        told = json.loads(text)
        return cls(
            organization_id=OrganizationId(told["organizationId"]),
            actor=Actor(ActorType(told["actor"]["type"]), told["actor"]["id"], told["actor"]["name"]),
            origin=RequestOrigin(**told["origin"]),
            at=from_rfc3339(told["at"]),
            action=SecurityAction(told["action"]),
            about=Subject(**told["about"]),
            details=told["details"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedSignIn:
    """A sign-in that failed, as the queue carries it; `by` is what was wrong."""

    email: str
    origin: RequestOrigin
    at: datetime
    by: str

    @property
    def message(self) -> dict[str, str]:
        """The note as texts."""
        told = {"email": self.email, "origin": asdict(self.origin), "at": to_rfc3339(self.at), "by": self.by}
        return {"failedSignIn": json.dumps(told)}

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the note that `message` made a text of."""
        told = json.loads(text)
        return cls(
            email=told["email"], origin=RequestOrigin(**told["origin"]), at=from_rfc3339(told["at"]), by=told["by"]
        )


def tell(note: EventNote | FailedSignIn) -> None:
    """Queue a note."""
    # Few requests have anything to tell, and the client for queues takes its time to load.
    from nexstock.queues import send  # noqa: PLC0415

    send(_QUEUE, note.message)
