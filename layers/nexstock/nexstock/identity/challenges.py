"""Challenges: one-time codes that a person is mailed, each for one purpose.

A new code for a purpose ends the old one. A try is counted before the code is compared, so parallel guesses get no
free ones, and of two uses of the right code at the same moment exactly one wins. ASVS 6.5.1 to 6.5.5, 6.6.2.
"""

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from nexstock.errors import InvalidCode
from nexstock.identity import codes
from nexstock.ids import UserId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update


class Purpose(StrEnum):
    """What a code is good for; nothing else."""

    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose)


class _ChallengeItem(Item):
    class Meta:
        table_name = TABLES.identity

    digest = BinaryAttribute(legacy_encoding=False)
    key_version = UnicodeAttribute(attr_name="keyVersion")
    ends_at = InstantAttribute(attr_name="endsAt")
    tries = NumberAttribute()


def issue(user_id: UserId, purpose: Purpose, now: datetime) -> str:
    """Return the digits of a new code; an earlier code for the purpose is worth nothing from now on."""
    code = codes.new_code(purpose, user_id)
    item = _item(user_id, purpose)
    item.digest, item.key_version, item.tries = code.digest, code.key_version, 0
    item.ends_at = now + codes.LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save()
    return code.digits


def redeem(user_id: UserId, purpose: Purpose, digits: str, now: datetime) -> None:
    """Spend a code.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried (422).
    """
    counted = conditional_update(
        _item(user_id, purpose),
        [_ChallengeItem.tries.add(1)],
        (_ChallengeItem.tries < codes.MAX_TRIES) & (_ChallengeItem.ends_at > now),
    )
    item = counted.item
    if not counted.held or item is None:
        raise InvalidCode
    if not codes.code_matches(
        digits, item.digest, key_version=item.key_version, purpose=purpose, subject=user_id
    ) or not item.delete_if(_ChallengeItem.digest == item.digest):
        raise InvalidCode


def _item(user_id: UserId, purpose: Purpose) -> _ChallengeItem:
    return _ChallengeItem(keys.user_partition(user_id), keys.challenge_sort_key(purpose))
