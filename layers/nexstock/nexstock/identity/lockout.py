"""Lockout: an account takes five wrong passwords in a row, then none for a while that doubles each time.

A locked account, a wrong password and an unknown address look alike from outside. Locking reaches neither sessions
that are open already nor the reset of the password, so nobody can be locked out of their own account by it.
NIST SP 800-63B-4, 3.2.2; ASVS 6.1.1, 6.3.1.
"""

from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute

from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update

MAX_FAILURES: Final = 5
FIRST_LOCK: Final = timedelta(minutes=15)
LONGEST_LOCK: Final = timedelta(hours=24)
_MEMORY: Final = timedelta(days=2)
"""How long past failures count; longer than the longest lock, so that waiting out one does not halve the next."""


class _LockoutItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    failures = NumberAttribute()
    locks = NumberAttribute(null=True)
    locked_until = InstantAttribute(attr_name="lockedUntil", null=True)


class Attempt:
    """One attempt to sign in with a password, counted before the password is looked at.

    Args:
        email: the address that was typed, whether anybody owns it or not.
        now: the present instant.
    """

    def __init__(self, email: str, now: datetime) -> None:
        self._item = _LockoutItem(keys.lockout_partition(email), keys.LOCKOUT)
        self._now = now
        counted = conditional_update(
            self._item,
            [
                _LockoutItem.failures.set((_LockoutItem.failures | 0) + 1),
                _LockoutItem.expires_at.set(int((now + _MEMORY).timestamp())),
            ],
            _LockoutItem.locked_until.does_not_exist() | (_LockoutItem.locked_until <= now),
        )
        self._number = int(counted.item.failures) if counted.held and counted.item else 0
        self._locks = int(counted.item.locks or 0) if counted.item else 0

    @property
    def is_allowed(self) -> bool:
        """Whether the password may be looked at; parallel attempts beyond the fifth may not either."""
        return 0 < self._number <= MAX_FAILURES

    def failed(self) -> timedelta | None:
        """Note that the password was wrong; return for how long the account is locked now, if this one locked it."""
        if self._number != MAX_FAILURES:
            return None
        # Seven doublings reach the longest lock.
        lock = min(FIRST_LOCK * (1 << min(self._locks, 7)), LONGEST_LOCK)
        conditional_update(
            self._item,
            [
                _LockoutItem.failures.set(0),
                _LockoutItem.locks.set(self._locks + 1),
                _LockoutItem.locked_until.set(self._now + lock),
            ],
            _LockoutItem.pk.exists(),
        )
        return lock

    def succeeded(self) -> None:
        """Forget earlier failures."""
        self._item.delete_if(_LockoutItem.pk.exists())


def unlock(email: str) -> None:
    """End a lock, because the address's owner has proven who they are by another way."""
    _LockoutItem(keys.lockout_partition(email), keys.LOCKOUT).delete_if(_LockoutItem.pk.exists())
