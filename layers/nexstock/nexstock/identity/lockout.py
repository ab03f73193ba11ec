"""Lockout: an account, and a network, take so many wrong passwords, then none for a while that doubles each time.

An account takes five in a row, whichever networks they come from; a network takes fifty in a quarter of an hour,
whichever accounts they are for (both unless the deployment says otherwise). Every attempt is counted before its
password is looked at, by one conditional write, so parallel guesses get no free ones.

A locked account, a wrong password and an unknown e-mail address look alike from outside. A locked network is told so
(429): that says nothing about any account, and people who share it would otherwise take their right passwords for wrong
ones and change them in vain. Neither lock reaches sessions that are open or the reset of a password, so nobody can be
kept out of their own account by it. NIST SP 800-63B-4, 3.2.2; ASVS 6.1.1, 6.3.1.
"""

import math
from datetime import datetime, timedelta
from typing import ClassVar, Final

from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from nexstock.config import LockPolicies, LockPolicy
from nexstock.errors import TemporarilyUnavailable, TooManyRequests
from nexstock.observability import Metric, count, logger
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, Update, conditional_update

_POLICIES: Final = LockPolicies.from_env()
MAX_FAILURES: Final = _POLICIES.account.max_failures
FIRST_LOCK: Final = timedelta(seconds=_POLICIES.account.first_lock_s)
LONGEST_LOCK: Final = timedelta(seconds=_POLICIES.account.longest_lock_s)
_MOST_DOUBLINGS: Final = 30
_TRIES: Final = 3


class _LockoutItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    failures = NumberAttribute()
    counts_until = InstantAttribute(attr_name="countsUntil", null=True)
    locks = NumberAttribute(null=True)
    locked_until = InstantAttribute(attr_name="lockedUntil", null=True)


class _Counted:
    """One attempt at a password, counted for one subject before the password is looked at."""

    _locked_metric: ClassVar[Metric]

    def __init__(self, partition: str, policy: LockPolicy, now: datetime) -> None:
        self._item = _LockoutItem(partition, keys.LOCKOUT)
        self._policy = policy
        self._now = now
        counted = self._count()
        self._standing = counted.item
        self._number = int(counted.item.failures) if counted.held and counted.item else 0

    @property
    def is_allowed(self) -> bool:
        """Whether the password may be looked at; parallel attempts beyond the last one may not either."""
        return 0 < self._number <= self._policy.max_failures

    def failed(self) -> timedelta | None:
        """Note that the password was wrong; return for how long the subject is locked now, if this attempt locked it.

        Every attempt from the last one on tries, and one of them does: should the last one's function have ended
        before it came to this, the next one locks.
        """
        if self._number < self._policy.max_failures:
            return None
        locks = int((self._standing.locks if self._standing else None) or 0)
        lock_s = min(self._policy.first_lock_s << min(locks, _MOST_DOUBLINGS), self._policy.longest_lock_s)
        lock = timedelta(seconds=lock_s)
        locked = conditional_update(
            self._item,
            [
                _LockoutItem.failures.set(0),
                _LockoutItem.counts_until.remove(),
                _LockoutItem.locks.set(locks + 1),
                _LockoutItem.locked_until.set(self._now + lock),
            ],
            _LockoutItem.failures >= self._policy.max_failures,
        )
        if not locked.held:
            return None
        count(self._locked_metric)
        return lock

    def _count(self) -> Update[_LockoutItem]:
        return conditional_update(self._item, self._counting(), self._is_open())

    def _counting(self) -> list[Action]:
        return [_LockoutItem.failures.set((_LockoutItem.failures | 0) + 1), self._keeping()]

    def _keeping(self) -> Action:
        # Past locks count for longer than the longest one, so that waiting out one does not halve the next.
        forgotten_at = self._now + 2 * timedelta(seconds=self._policy.longest_lock_s)
        keeping: Action = _LockoutItem.expires_at.set(int(forgotten_at.timestamp()))
        return keeping

    def _is_open(self) -> Condition:
        is_open: Condition = _LockoutItem.locked_until.does_not_exist() | (_LockoutItem.locked_until <= self._now)
        return is_open


class Attempt(_Counted):
    """An attempt counted for an account.

    Args:
        subject: the e-mail address that was typed, whether anybody owns it or not.
        now: the present instant.
        policy: how many failures lock it, and for how long.
    """

    _locked_metric = Metric.ACCOUNT_LOCKED

    def __init__(self, subject: str, now: datetime, *, policy: LockPolicy = _POLICIES.account) -> None:
        super().__init__(keys.lockout_partition(subject), policy, now)

    def succeeded(self) -> None:
        """Forget earlier failures."""
        self._item.delete_if(_LockoutItem.pk.exists())


class NetworkAttempt(_Counted):
    """An attempt counted for where it comes from, over all accounts.

    Failures count for as long as the first lock lasts, from the first of them on. A success takes back its own count
    and nothing else: whoever has an account of their own wins no further guesses by signing in to it.

    Args:
        network: the IPv4 address, or the /64 of the IPv6 address.
        now: the present instant.
        policy: how many failures lock it, and for how long.
    """

    _locked_metric = Metric.NETWORK_LOCKED

    def __init__(self, network: str, now: datetime, *, policy: LockPolicy = _POLICIES.network) -> None:
        self._window = timedelta(seconds=policy.first_lock_s)
        super().__init__(keys.network_lockout_partition(network), policy, now)

    def require_allowed(self) -> None:
        """Let the attempt go on only if no lock stands.

        Raises:
            TooManyRequests: locked, or about to be (429).
        """
        if self.is_allowed:
            return
        self.failed()
        until = (self._standing.locked_until or self._standing.counts_until) if self._standing else None
        wait_s = max(1, math.ceil((until - self._now).total_seconds())) if until else self._policy.first_lock_s
        detail = f"Too many wrong passwords came from your network; try again in {wait_s} s"
        raise TooManyRequests(detail, headers={"Retry-After": str(wait_s)})

    def failed(self) -> timedelta | None:
        """Note that the password was wrong; return for how long the network is locked now, if by this attempt."""
        lock = super().failed()
        if lock is not None:
            logger.warning("network locked", seconds=int(lock.total_seconds()))
        return lock

    def succeeded(self) -> None:
        """Take back this attempt's own count."""
        counted_until = self._standing.counts_until if self._standing else None
        conditional_update(
            self._item,
            [_LockoutItem.failures.set(_LockoutItem.failures - 1)],
            (_LockoutItem.failures > 0) & (_LockoutItem.counts_until == counted_until),
        )

    def _count(self) -> Update[_LockoutItem]:
        until = _LockoutItem.counts_until
        for _ in range(_TRIES):
            in_time = until.does_not_exist() | (until > self._now)
            beginning = until.set(until | (self._now + self._window))
            counted = conditional_update(self._item, [*self._counting(), beginning], self._is_open() & in_time)
            standing = counted.item
            if counted.held or standing is None or self._is_locked(standing):
                return counted
            # The time in which the failures counted is over: this one is the first of the next.
            forgotten = conditional_update(
                self._item,
                [_LockoutItem.failures.set(1), until.set(self._now + self._window), self._keeping()],
                until == standing.counts_until,
            )
            if forgotten.held:
                return forgotten
        raise TemporarilyUnavailable

    def _is_locked(self, standing: _LockoutItem) -> bool:
        return standing.locked_until is not None and standing.locked_until > self._now


def unlock(email: str) -> None:
    """End an account's lock, because the address's owner has proven who they are by another way."""
    _LockoutItem(keys.lockout_partition(email), keys.LOCKOUT).delete_if(_LockoutItem.pk.exists())
