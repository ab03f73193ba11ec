"""Rotations of data keys in tests: the queue's messages, worked through at their times."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from nexstock.clock import utc_now
from nexstock.encryption.rotation import KEPT_FOR, rotate
from nexstock.ids import OrganizationId
from nexstock.key_policies import data_key_age
from tests.support.sealing import forget_opened_keys

LATER = data_key_age() + timedelta(days=1)
"""When the keys of what is made now are too old."""


@dataclass
class RotationQueue:
    """Stands in for the queue; a message is worked through at its time, by a container that begins then."""

    now: datetime = field(default_factory=utc_now)
    waiting: list[tuple[datetime, dict[str, str]]] = field(default_factory=list)
    handled: int = 0

    def send(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        """Keep a message until its time."""
        assert queue == "DATA_KEY_ROTATIONS"
        self.waiting.append((self.now + timedelta(seconds=delay_s), dict(message)))

    def step(self) -> bool:
        """Work through the message whose time is next; tell whether there was one. Should it end early, it stays."""
        if not self.waiting:
            return False
        self.waiting.sort(key=lambda each: each[0])
        at, message = self.waiting[0]
        self.now = max(self.now, at)
        forget_opened_keys()
        rotate(message, send=self.send, clock=lambda: self.now)
        self.waiting.remove((at, message))
        self.handled += 1
        return True

    def drain(self) -> None:
        """Work through all that there is."""
        while self.step():
            assert self.handled < 1000, "it never ends"


def looked_at(organization_id: OrganizationId, *, now: datetime) -> RotationQueue:
    """Have an organization's keys looked at, and all that follows done."""
    queue = RotationQueue(now)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.drain()
    return queue


def rotated_and_settled(organization_id: OrganizationId, *, now: datetime) -> datetime:
    """Have all keys replaced that are too old by then, and the ones before destroyed; return when that was done."""
    looked_at(organization_id, now=now)
    done = now + KEPT_FOR + timedelta(hours=1)
    looked_at(organization_id, now=done)
    return done
