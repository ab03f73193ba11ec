"""Rotates the key that signs checkpoints and documents: KMS does not rotate such keys itself.

A version is claimed in `Keys` before its key is made, so of two runs at once one makes it, and recorded when it is
there; a run that ended in between is taken up by the next one, once its claim is over. Whatever is due is read from
what is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from nexstock.crypto.checkpoint_keys import (
    CheckpointKey,
    CheckpointKeyItem,
    as_key,
    made_keys,
    stored_items,
    stored_keys,
)
from nexstock.crypto.kms_signing_keys import disable_key, found_or_made_key, public_half
from nexstock.persistence.keys import CHECKPOINT_KEYS
from nexstock.persistence.tables import conditional_update
from nexstock.persistence.versions import FIRST_VERSION, version_after

PUBLISHED_AHEAD: Final = timedelta(days=30)
"""How long a key is published before it signs: who verifies offline notes keys by hand, and looks once a month."""

DISABLED_AFTER: Final = timedelta(days=1)
"""How long a key stays usable after its successor began to sign: containers go by what they know for 5 minutes."""

CLAIMED_FOR: Final = timedelta(hours=1)
"""How long one run has for making a key: longer than a function runs, and than tags take to be found."""

_NO_KEY: Final = "no checkpoint key"


@dataclass(frozen=True, slots=True)
class CheckpointRotation:
    """What a run did, each by its version: published, and disabled."""

    published: str | None = None
    ended: list[str] = field(default_factory=list)


def record_first_key(arn: str, now: datetime) -> None:
    """Record the key that the deployment made as the first version, which signs from now on; once is enough."""
    item = CheckpointKeyItem(
        CHECKPOINT_KEYS, FIRST_VERSION, arn=arn, public_key=public_half(arn), created_at=now, signs_from=now
    )
    item.save_if(CheckpointKeyItem.pk.does_not_exist())


def rotate_checkpoint_key(now: datetime, max_age: timedelta, *, signs: str) -> CheckpointRotation:
    """Make and publish the next key if the newest is of age, and disable those whose successors sign.

    Args:
        now: the present instant.
        max_age: the age at which the next key is made.
        signs: the tag of keys that sign for this deployment.

    Raises:
        LookupError: the deployment has not recorded its key.
    """
    items = stored_items()
    newest, keys = _newest(items), made_keys(items)
    is_due = as_key(newest) is None or newest.created_at + max_age <= now
    published = _next_made(newest, now, signs, ahead=PUBLISHED_AHEAD) if is_due else None
    over = [key for key, successor in pairwise(keys) if successor.signs_from + DISABLED_AFTER <= now]
    return CheckpointRotation(published, _ended(over, now))


def replace_checkpoint_key(version: str, now: datetime, *, signs: str) -> CheckpointRotation:
    """Have a later key sign from now on, and disable one that may have signed what it should not have.

    Raises:
        LookupError: there is no such version.
    """
    items = stored_items()
    compromised = next((key for key in made_keys(items) if key.version == version), None)
    if compromised is None:
        message = f"no checkpoint key {version}"
        raise LookupError(message)
    newest = _newest(items)
    needs_another = newest.sk == version or as_key(newest) is None
    published = _next_made(newest, now, signs, ahead=timedelta()) if needs_another else None
    successor = stored_keys()[-1]
    if successor.version == version:
        # Another run is making the next one.
        return CheckpointRotation()
    if successor.signs_from > now:
        conditional_update(
            CheckpointKeyItem(CHECKPOINT_KEYS, successor.version),
            [CheckpointKeyItem.signs_from.set(now)],
            CheckpointKeyItem.signs_from > now,
        )
    return CheckpointRotation(published, _ended([compromised], now))


def age_of_newest_key(now: datetime) -> timedelta:
    """Return how long ago the newest key was made; one that is being made is none yet.

    Raises:
        LookupError: the deployment has not recorded its key.
    """
    keys = stored_keys()
    if not keys:
        raise LookupError(_NO_KEY)
    return now - keys[-1].created_at


def _newest(items: Sequence[CheckpointKeyItem]) -> CheckpointKeyItem:
    if not items:
        raise LookupError(_NO_KEY)
    return items[-1]


def _next_made(newest: CheckpointKeyItem, now: datetime, signs: str, *, ahead: timedelta) -> str | None:
    """Return the version after the newest once it is made, or the newest itself if that is still being made."""
    is_being_made = as_key(newest) is None
    claimed = _claimed_again(newest, now) if is_being_made else _claimed_first(version_after(newest.sk), now)
    if claimed is None:
        return None
    arn = found_or_made_key(signs, claimed.sk)
    recorded = conditional_update(
        claimed,
        [
            CheckpointKeyItem.arn.set(arn),
            CheckpointKeyItem.public_key.set(public_half(arn)),
            CheckpointKeyItem.created_at.set(now),
            CheckpointKeyItem.signs_from.set(now + ahead),
            CheckpointKeyItem.claimed_until.remove(),
        ],
        CheckpointKeyItem.arn.does_not_exist(),
    )
    return claimed.sk if recorded.held else None


def _claimed_first(version: str, now: datetime) -> CheckpointKeyItem | None:
    item = CheckpointKeyItem(CHECKPOINT_KEYS, version, created_at=now, claimed_until=now + CLAIMED_FOR)
    return item if item.save_if(CheckpointKeyItem.pk.does_not_exist()) else None


def _claimed_again(item: CheckpointKeyItem, now: datetime) -> CheckpointKeyItem | None:
    update = conditional_update(
        item,
        [CheckpointKeyItem.claimed_until.set(now + CLAIMED_FOR)],
        CheckpointKeyItem.arn.does_not_exist() & (CheckpointKeyItem.claimed_until <= now),
    )
    return item if update.held else None


def _ended(keys: Sequence[CheckpointKey], now: datetime) -> list[str]:
    ending = [key for key in keys if key.ended_at is None]
    for key in ending:
        disable_key(key.arn)
        item = CheckpointKeyItem(CHECKPOINT_KEYS, key.version)
        conditional_update(item, [CheckpointKeyItem.ended_at.set(now)], CheckpointKeyItem.ended_at.does_not_exist())
    return [key.version for key in ending]
