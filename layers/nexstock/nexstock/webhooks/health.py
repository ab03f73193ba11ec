"""How each endpoint has been doing, and what may be sent to it now: `ORG#<organization>` / `HEALTH#<endpoint>`.

One item an endpoint, beside its messages and not in the endpoint itself: what a receiver answers is nobody's change of
the endpoint, so it makes no version, no audit entry and no event.

It is a bulkhead and a circuit breaker in one conditional update before each attempt. An endpoint takes up so many
senders at once and no more, fewer while it fails, so that one that hangs leaves the others to everybody else. After
some failures in a row it is paused, each time for longer; after the pause one attempt shows whether it is back.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition, size
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.ids import OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import (
    TABLES,
    InstantAttribute,
    Item,
    TextMapAttribute,
    batch_get,
    conditional_update,
)
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.persistence.transaction import Transaction
from nexstock.webhooks.messages import LEASE, RETENTION
from nexstock.webhooks.model import WhyDisabled

MOST_AT_ONCE: Final = 20
"""Attempts under way at one endpoint; less than half of the senders there are (functions/background.yaml)."""

MOST_WHILE_FAILING: Final = 5
PAUSED_AFTER: Final = 5
"""Failures in a row."""

DISABLED_AFTER: Final = timedelta(days=5)
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=15)
_TRIES: Final = 3


class HealthState(StrEnum):
    """How an endpoint is doing; the breaker is closed, closed, and open or half open."""

    HEALTHY = "healthy"
    FAILING = "failing"
    PAUSED = "paused"


class HealthItem(Item):
    """An endpoint's health as stored; `in_flight` has the lease of each attempt that is being made."""

    class Meta:
        """Beside the messages."""

        table_name = TABLES.deliveries

    endpoint_id = UnicodeAttribute(attr_name="endpointId")
    in_flight = TextMapAttribute(attr_name="inFlight")
    failures = NumberAttribute()
    pauses = NumberAttribute()
    failing_since = InstantAttribute(attr_name="failingSince", null=True)
    last_failure_at = InstantAttribute(attr_name="lastFailureAt", null=True)
    last_success_at = InstantAttribute(attr_name="lastSuccessAt", null=True)
    paused_until = InstantAttribute(attr_name="pausedUntil", null=True)
    why_disabled = UnicodeAttribute(attr_name="whyDisabled", null=True)
    due_shard = UnicodeAttribute(attr_name="dueShard", null=True)
    due_at = InstantAttribute(attr_name="dueAt", null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointHealth:
    """How an endpoint has been doing; `consecutive_failures` counts attempts since the last success."""

    consecutive_failures: int = 0
    failing_since: datetime | None = None
    last_failure_at: datetime | None = None
    last_success_at: datetime | None = None
    paused_until: datetime | None = None

    def state(self, now: datetime) -> HealthState:
        """Return how it is doing at an instant."""
        if self.paused_until is not None and (now < self.paused_until or self.consecutive_failures >= PAUSED_AFTER):
            return HealthState.PAUSED
        return HealthState.FAILING if self.consecutive_failures else HealthState.HEALTHY


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether an attempt may be made now; where not, `paused_until` says when at the earliest, if that is known."""

    granted: bool
    paused_until: datetime | None = None


class HealthRepository:
    """The health of the endpoints of exactly one organization."""

    def __init__(self, organization_id: OrganizationId) -> None:
        self._pk = keys.organization_partition(organization_id)
        self._reset: set[str] = set()

    def of(self, endpoint_ids: Sequence[str]) -> list[EndpointHealth]:
        """Return the health of up to 100 endpoints, in the order of their ids, in one call; a staged reset counts."""
        if not endpoint_ids:
            return []
        items = batch_get([(HealthItem, self._pk, keys.health_sort_key(each)) for each in endpoint_ids])
        return [
            _to_health(item) if isinstance(item, HealthItem) and endpoint_id not in self._reset else EndpointHealth()
            for endpoint_id, item in zip(endpoint_ids, items, strict=True)
        ]

    def admit(self, endpoint_id: str, message_id: str, now: datetime, *, whatever: bool = False) -> Admission:
        """Take one of the places that an endpoint has for attempts, unless it is paused or has none left.

        Args:
            endpoint_id: where the attempt goes.
            message_id: what is sent.
            now: the present instant.
            whatever: somebody wants to see what comes of it, so that neither a pause nor a full house counts.
        """
        standing: HealthItem | None = None
        for _ in range(_TRIES):
            lease = Path(HealthItem.in_flight)[message_id]
            condition = HealthItem.pk.exists() & lease.does_not_exist()
            condition = condition if whatever else condition & _is_not_paused(now) & _has_room()
            taken = conditional_update(self._item(endpoint_id), [lease.set(to_rfc3339(now + LEASE))], condition)
            if taken.held:
                return Admission(granted=True)
            standing = taken.item
            if standing is None:
                self._fresh(endpoint_id, now).save_if(HealthItem.pk.does_not_exist())
            elif not self._dismiss_dead(standing, now):
                break
        return Admission(granted=False, paused_until=standing.paused_until if standing else None)

    def release(self, endpoint_id: str, message_id: str) -> None:
        """Give a place back without a word on how it went."""
        self._update(endpoint_id, [Path(HealthItem.in_flight)[message_id].remove()])

    def succeeded(self, endpoint_id: str, message_id: str, now: datetime) -> None:
        """Give a place back after a success, with which the endpoint is healthy again."""
        self._update(
            endpoint_id,
            [
                Path(HealthItem.in_flight)[message_id].remove(),
                HealthItem.failures.set(0),
                HealthItem.pauses.set(0),
                HealthItem.last_success_at.set(now),
                HealthItem.expires_at.set(_end_after(now)),
                *(attribute.remove() for attribute in (HealthItem.failing_since, *_OF_A_PAUSE)),
            ],
        )

    def failed(
        self, endpoint_id: str, message_id: str, now: datetime, *, throttle: timedelta | None, is_gone: bool
    ) -> None:
        """Give a place back after a failure, and pause the endpoint, or have it disabled, if that is due.

        A crash between the two updates leaves the second one to the next failure.
        """
        item = self._update(
            endpoint_id,
            [
                Path(HealthItem.in_flight)[message_id].remove(),
                HealthItem.failures.set(HealthItem.failures + 1),
                HealthItem.failing_since.set(HealthItem.failing_since | now),
                HealthItem.last_failure_at.set(now),
                HealthItem.expires_at.set(_end_after(now)),
            ],
        )
        if item is None:
            return
        if is_gone or (item.failing_since is not None and now - item.failing_since >= DISABLED_AFTER):
            why = WhyDisabled.GONE if is_gone else WhyDisabled.FAILING
            self._update(endpoint_id, _to_be_disabled(why, now))
        elif throttle is not None:
            # Of several answers the one counts that asks for most.
            until = now + throttle
            self._update(endpoint_id, [HealthItem.paused_until.set(until)], _is_not_paused(until))
        elif item.failures >= PAUSED_AFTER:
            pause = [
                HealthItem.paused_until.set(now + _pause(int(item.pauses))),
                HealthItem.pauses.set(item.pauses + 1),
            ]
            # Many that were under way may fail together, and are one reason to pause.
            self._update(endpoint_id, pause, _is_not_paused(now))

    def stage_reset(self, endpoint_id: str, now: datetime, transaction: Transaction) -> None:
        """Stage a clean record for an endpoint that somebody has changed, with whatever else they change."""
        condition = HealthItem.pk.exists() | HealthItem.pk.does_not_exist()
        transaction.put(self._fresh(endpoint_id, now), condition=condition, refusal=changed_meanwhile)
        self._reset.add(endpoint_id)

    def forget_disabling(self, endpoint_id: str, marked_at: datetime) -> None:
        """Take back that an endpoint is to be disabled, because it is."""
        changes = [
            attribute.remove() for attribute in (HealthItem.why_disabled, HealthItem.due_shard, HealthItem.due_at)
        ]
        self._update(endpoint_id, changes, HealthItem.due_at == marked_at)

    def _dismiss_dead(self, standing: HealthItem, now: datetime) -> bool:
        """Take the places back of senders that died; tell whether there were any."""
        dead = {each: lease for each, lease in standing.in_flight.items() if from_rfc3339(lease) <= now}
        for message_id, lease in dead.items():
            place = Path(HealthItem.in_flight)[message_id]
            self._update(standing.endpoint_id, [place.remove()], place == lease)
        return bool(dead)

    def _update(
        self, endpoint_id: str, changes: Sequence[Action], condition: Condition | None = None
    ) -> HealthItem | None:
        present = HealthItem.pk.exists()
        updated = conditional_update(
            self._item(endpoint_id), list(changes), present if condition is None else present & condition
        )
        return updated.item if updated.held else None

    def _fresh(self, endpoint_id: str, now: datetime) -> HealthItem:
        item = self._item(endpoint_id)
        item.expires_at = _end_after(now)
        item.endpoint_id, item.in_flight, item.failures, item.pauses = endpoint_id, {}, 0, 0
        return item

    def _item(self, endpoint_id: str) -> HealthItem:
        return HealthItem(self._pk, keys.health_sort_key(endpoint_id))


_OF_A_PAUSE: Final[tuple[Any, ...]] = (
    HealthItem.paused_until,
    HealthItem.why_disabled,
    HealthItem.due_shard,
    HealthItem.due_at,
)
_UNTIL_DISABLED: Final = timedelta(hours=1)
"""For how long an endpoint is paused that is about to be disabled; that takes a minute or two."""


def _end_after(now: datetime) -> int:
    # What nothing was sent to for so long is as good as new, and what is deleted leaves nothing behind.
    return int((now + RETENTION).timestamp())


def _is_not_paused(now: datetime) -> Condition:
    is_not_paused: Condition = HealthItem.paused_until.does_not_exist() | (HealthItem.paused_until <= now)
    return is_not_paused


def _has_room() -> Condition:
    under_way = size(HealthItem.in_flight)
    is_healthy, fails_at_times = HealthItem.failures == 0, HealthItem.failures < PAUSED_AFTER
    has_room: Condition = (
        (is_healthy & (under_way < MOST_AT_ONCE))
        | (fails_at_times & (under_way < MOST_WHILE_FAILING))
        | (under_way < 1)
    )
    return has_room


def _pause(pauses: int) -> timedelta:
    return min(_FIRST_PAUSE * (1 << min(pauses, 10)), _LONGEST_PAUSE) * random.uniform(1, 1.1)  # noqa: S311 (jitter)


def _to_be_disabled(why: WhyDisabled, now: datetime) -> list[Action]:
    return [
        HealthItem.why_disabled.set(why.value),
        HealthItem.paused_until.set(now + _UNTIL_DISABLED),
        HealthItem.due_shard.set(keys.TO_BE_DISABLED),
        HealthItem.due_at.set(now),
    ]


def _to_health(item: HealthItem) -> EndpointHealth:
    return EndpointHealth(
        consecutive_failures=int(item.failures),
        failing_since=item.failing_since,
        last_failure_at=item.last_failure_at,
        last_success_at=item.last_success_at,
        paused_until=item.paused_until,
    )
