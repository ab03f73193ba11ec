"""Challenges: one-time codes that a person is mailed, each for one purpose.

A new code for a purpose ends the old one. A try is counted before the code is compared, so parallel guesses get no
free ones, and of two uses of the right code at the same moment exactly one wins. ASVS 6.5.1 to 6.5.5, 6.6.2.
"""

from datetime import datetime
from enum import StrEnum

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute

from nexstock.identity import codes
from nexstock.identity.errors import InvalidCode
from nexstock.ids import UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update
from nexstock.persistence.transaction import Transaction


class Purpose(StrEnum):
    """What a code is good for; nothing else."""

    RESET_PASSWORD = "reset_password"  # noqa: S105 (a purpose)
    CHANGE_EMAIL = "change_email"
    STEP_UP = "step_up"

    def within(self, *request: str) -> str:
        """Return the purpose, narrowed to one request: the action and the session that ask."""
        return ":".join([self.value, *request])


class ChallengeItem(Item):
    """A code that waits to be entered; only its keyed hash is kept.

    `address` is what the code was mailed to, where that is not the person's own address.
    """

    class Meta:
        """People."""

        table_name = TABLES.identity

    digest = BinaryAttribute(legacy_encoding=False)
    key_version = UnicodeAttribute(attr_name="keyVersion")
    ends_at = InstantAttribute(attr_name="endsAt")
    tries = NumberAttribute()
    address = UnicodeAttribute(null=True)


def issue(user_id: UserId, purpose: str, now: datetime, *, address: str | None = None) -> str:
    """Return the digits of a new code; an earlier code for the purpose is worth nothing from now on."""
    code = codes.new_code(purpose, user_id)
    item = _item(user_id, purpose)
    item.digest, item.key_version, item.tries = code.digest, code.key_version, 0
    item.address = address
    item.ends_at = now + codes.LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save()
    return code.digits


def redeem(user_id: UserId, purpose: str, digits: str, now: datetime) -> None:
    """Spend a code.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried (422).
    """
    spend(attempt(user_id, purpose, digits, now))


def attempt(user_id: UserId, purpose: str, digits: str, now: datetime) -> ChallengeItem:
    """Count a try and return what the code was for, still unspent; `spend` or `stage_spending` ends it.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried (422).
    """
    counted = conditional_update(
        _item(user_id, purpose),
        [ChallengeItem.tries.add(1)],
        (ChallengeItem.tries < codes.MAX_TRIES) & (ChallengeItem.ends_at > now),
    )
    item = counted.item
    if not counted.held or item is None:
        raise InvalidCode
    if not codes.code_matches(digits, item.digest, key_version=item.key_version, purpose=purpose, subject=user_id):
        raise InvalidCode
    return item


def spend(item: ChallengeItem) -> None:
    """End a code that was attempted; of two at the same moment, one does.

    Raises:
        InvalidCode: it was spent meanwhile (422).
    """
    if not item.delete_if(ChallengeItem.digest == item.digest):
        raise InvalidCode


def stage_spending(item: ChallengeItem, transaction: Transaction) -> None:
    """Stage the end of a code, so that it is spent if and only if what it was for is done."""
    transaction.delete(item, condition=ChallengeItem.digest == item.digest, refusal=lambda _standing: InvalidCode())


def _item(user_id: UserId, purpose: str) -> ChallengeItem:
    return ChallengeItem(identity_keys.user_partition(user_id), identity_keys.challenge_sort_key(purpose))
