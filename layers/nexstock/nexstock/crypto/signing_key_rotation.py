"""Rotates the keys that access tokens are signed with, and replaces those that others may know.

Each step is one write that does twice what amounts to once, and what is due is read from what is stored. So a run that
ends anywhere is simply run again, and two at once do what one does.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from nexstock.crypto.signing_key_making import publish_key
from nexstock.crypto.signing_keys import SigningKeyItem, stored_keys
from nexstock.persistence.versions import version_after, version_number

PUBLISHED_AHEAD: Final = timedelta(days=1)
"""How long a key is known before it signs: containers know it after 5 minutes, other readers of the JWKS by then."""

RETIRED_AFTER: Final = timedelta(hours=1)
"""How long a key stays after its successor began to sign.

A container may sign with it for 5 minutes more, a token lives for 15 minutes, and 5 seconds are forgiven. What is left
is for clocks that differ, and for who verifies with a list that was kept for long.
"""


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a run did, each key by its `kid`: published, removed, and asked for but not there (any more)."""

    published: str | None = None
    removed: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def rotate_signing_keys(now: datetime, max_age: timedelta) -> Rotation:
    """Publish the next key if the newest is of age, and remove those whose last token has ended.

    The newest key stays, whatever its age, and so does the one that signs.

    Raises:
        LookupError: the deployment has not provisioned a key.
    """
    keys = stored_keys()
    newest = _newest(keys)
    over = [key for key, successor in pairwise(keys) if successor.signs_from + RETIRED_AFTER <= now]
    published = None
    if newest.created_at + max_age <= now:
        published = publish_key(version_after(newest.sk), now=now, signs_from=now + PUBLISHED_AHEAD)
    return Rotation(published, _removed(over))


def replace_compromised_keys(kids: Collection[str], now: datetime) -> Rotation:
    """Have a new key sign from now on, and remove those that others may know: their tokens end.

    Raises:
        LookupError: the deployment has not provisioned a key.
    """
    keys = stored_keys()
    newest = _newest(keys)
    compromised = [key for key in keys if key.kid in kids]
    unknown = sorted(set(kids) - {key.kid for key in compromised})
    if not compromised:
        return Rotation(unknown=unknown)
    published = None
    if not any(_replaces(key, compromised, now) for key in keys):
        published = publish_key(version_after(newest.sk), now=now, signs_from=now)
        if published is None:
            # Another run made that version, which may not sign yet: look again.
            return replace_compromised_keys(kids, now)
    return Rotation(published, _removed(compromised), unknown)


def age_of_newest(now: datetime) -> timedelta:
    """Return how long ago the newest key was made.

    Raises:
        LookupError: the deployment has not provisioned a key.
    """
    return now - _newest(stored_keys()).created_at


def _newest(keys: Sequence[SigningKeyItem]) -> SigningKeyItem:
    if not keys:
        message = "no signing key"
        raise LookupError(message)
    return max(keys, key=lambda key: version_number(key.sk))


def _replaces(key: SigningKeyItem, compromised: Sequence[SigningKeyItem], now: datetime) -> bool:
    last = max(version_number(each.sk) for each in compromised)
    return key not in compromised and version_number(key.sk) > last and key.signs_from <= now


def _removed(keys: Sequence[SigningKeyItem]) -> list[str]:
    for key in keys:
        key.delete()
    return [key.kid for key in keys]
