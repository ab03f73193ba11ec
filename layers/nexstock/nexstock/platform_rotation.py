"""A round over the platform's own secrets: what is old gets a successor, and what is over goes.

Every step follows from what is stored, so a round may end anywhere, run twice, or at the same time as another
(docs/adr/0024-secrets-age-out.md).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from nexstock.background import SendNote
from nexstock.clock import to_rfc3339
from nexstock.crypto.secret_rotation import add_successor, newest_stored, remove_past
from nexstock.crypto.stored_secrets import Purpose
from nexstock.customers.reindexing import take_next_step
from nexstock.key_ages import tell_key_age
from nexstock.key_policies import platform_secret_age
from nexstock.observability import log_fault

ALL: Final = tuple(Purpose)
_AT_ONCE: Final = timedelta()
_TOGETHER: Final = "platform_secrets"
"""Whose age is that of the oldest of them: one alarm for all. No figure is as alarming as an old key."""


class RotationFailed(Exception):  # noqa: N818 (names the fact)
    """One of the secrets could not be seen to; the others were, and what went wrong stands in the log."""


@dataclass(frozen=True, slots=True)
class Round:
    """Which secrets are seen to, and the age at which one gets a successor."""

    purposes: tuple[Purpose, ...]
    max_age: timedelta

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> Self:
        """Return what a schedule or an operator asks for: all by their age, or one `purpose` whatever its age.

        Raises:
            ValueError: there is no such purpose.
        """
        if "purpose" in event:
            return cls((Purpose(event["purpose"]),), _AT_ONCE)
        return cls(ALL, platform_secret_age())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round came to for one purpose; `step` is what was next for what an older version was used for."""

    purpose: str
    newest_version: str
    made_at: datetime
    is_new: bool
    removed: list[str]
    step: str | None

    def to_json(self) -> dict[str, Any]:
        """Return what an operator is shown."""
        return {**asdict(self), "made_at": to_rfc3339(self.made_at)}


def rotate_platform_secrets(wanted: Round, *, send: SendNote, now: datetime) -> list[Outcome]:
    """See to each secret; one that fails holds up no other.

    Raises:
        RotationFailed: at the end, if one did.
    """
    outcomes: list[Outcome] = []
    for purpose in wanted.purposes:
        try:
            outcomes.append(_see_to(purpose, wanted.max_age, send, now))
        except Exception as error:  # noqa: BLE001 (whatever it was, the next round tries again)
            log_fault("secret not seen to", error)
    if len(outcomes) < len(wanted.purposes):
        raise RotationFailed
    if wanted.purposes == ALL:
        tell_key_age(_TOGETHER, now - min(outcome.made_at for outcome in outcomes), platform_secret_age())
    return outcomes


def _see_to(purpose: Purpose, max_age: timedelta, send: SendNote, now: datetime) -> Outcome:
    is_new = add_successor(purpose, max_age=max_age, now=now)
    removed = remove_past(purpose, now)
    step = take_next_step(send=send, now=now).value if purpose is Purpose.BLIND_INDEX else None
    newest = newest_stored(purpose)
    tell_key_age(purpose, now - newest.created_at, platform_secret_age())
    return Outcome(purpose, newest.version, newest.created_at, is_new, removed, step)
