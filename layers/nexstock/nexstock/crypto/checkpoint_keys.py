"""The keys that sign checkpoints and documents: Ed25519, made in KMS, which never lets them out; one version at a time.

`Keys` has each version's public half for ever, so that what it signed is verified without KMS, and after the key itself
is disabled. A version is published before it signs, because who verifies notes keys by hand
(docs/adr/0023-keys-that-sign.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute

from nexstock.crypto.remembered import Remembered
from nexstock.persistence.keys import CHECKPOINT_KEYS
from nexstock.persistence.tables import TABLES, InstantAttribute, Item

_MOST_KEYS: Final = 100


class CheckpointKeyItem(Item):
    """One version, which is the sort key; without an ARN while the key is being made."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    arn = UnicodeAttribute(null=True)
    public_key = BinaryAttribute(null=True, attr_name="publicKey", legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")
    signs_from = InstantAttribute(null=True, attr_name="signsFrom")
    ended_at = InstantAttribute(null=True, attr_name="endedAt")
    claimed_until = InstantAttribute(null=True, attr_name="claimedUntil")


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """One version: its key in KMS, the 32 bytes of the public half, and when it signs; `ended_at` if it is disabled."""

    version: str
    arn: str
    public_half: bytes
    created_at: datetime
    signs_from: datetime
    ended_at: datetime | None


class CheckpointKeys:
    """All versions, as one container knows them: at most some minutes old."""

    def __init__(self) -> None:
        self._keys = Remembered(_stored)

    def all(self, now: datetime) -> list[CheckpointKey]:
        """Return every version: the one that signs now first, then the others, the newest first.

        Raises:
            LookupError: the deployment has not recorded its key.
        """
        present = self.present(now)
        return [present, *(key for key in reversed(self._keys.at(now)) if key != present)]

    def present(self, now: datetime) -> CheckpointKey:
        """Return the version that signs: the newest whose time has come.

        Raises:
            LookupError: the deployment has not recorded its key.
        """
        keys = self._keys.at(now)
        if not keys:
            message = "no checkpoint key"
            raise LookupError(message)
        # A clock that is behind the one that recorded the first key signs with that key all the same.
        return next((key for key in reversed(keys) if key.signs_from <= now), keys[0])


def stored_items() -> list[CheckpointKeyItem]:
    """Return every version in the order in which they were made, those that are being made too."""
    return CheckpointKeyItem.query_page(CHECKPOINT_KEYS, limit=_MOST_KEYS)[0]


def as_key(item: CheckpointKeyItem) -> CheckpointKey | None:
    """Return the version that an item is of, None while it is being made."""
    if item.arn is None or item.public_key is None or item.signs_from is None:
        return None
    return CheckpointKey(item.sk, item.arn, item.public_key, item.created_at, item.signs_from, item.ended_at)


def made_keys(items: Iterable[CheckpointKeyItem]) -> list[CheckpointKey]:
    """Return those versions whose keys are made."""
    return [key for item in items if (key := as_key(item)) is not None]


def stored_keys() -> list[CheckpointKey]:
    """Return every version that is made, in that order."""
    return made_keys(stored_items())


def _stored(_now: datetime) -> list[CheckpointKey]:
    return stored_keys()


CHECKPOINT_KEYS_KNOWN: Final = CheckpointKeys()
"""What this container knows."""
