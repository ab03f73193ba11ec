"""Webhook messages and attempts in DynamoDB, table `Deliveries`: `ORG#<organization>` / `MESSAGE#<id>[#ATTEMPT#<n>]`.

A message that waits has `due` keys, which the index `Due` sorts by time. They are the safety net below the queue:
whatever is overdue, for whatever reason, is found there and sent again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from nexstock.ids import MessageId, OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update

RETENTION: Final = timedelta(days=30)
DUE_SHARDS: Final = 8
LEASE: Final = timedelta(seconds=90)
"""How long an attempt may take before somebody else may try; longer than the sender's own limit."""

_DUE_INDEX: Final = "Due"


class MessageState(StrEnum):
    """Where a message is."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class _DeliveriesMeta:
    table_name = TABLES.deliveries


class _DueIndex(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = _DUE_INDEX
        projection = IncludeProjection(["id", "endpointId", "attempts"])

    due_shard = UnicodeAttribute(hash_key=True, attr_name="dueShard")
    due_at = InstantAttribute(range_key=True, attr_name="dueAt")


class MessageItem(Item):
    """A message for one endpoint as stored; `body` is the exact text that is sent and signed."""

    class Meta(_DeliveriesMeta):
        """Deliveries."""

    message_id = UnicodeAttribute(attr_name="id")
    endpoint_id = UnicodeAttribute(attr_name="endpointId")
    event_type = UnicodeAttribute(attr_name="eventType")
    body = UnicodeAttribute()
    state = UnicodeAttribute()
    attempts = NumberAttribute()
    created_at = InstantAttribute(attr_name="createdAt")
    due_shard = UnicodeAttribute(attr_name="dueShard", null=True)
    due_at = InstantAttribute(attr_name="dueAt", null=True)
    due_index = _DueIndex()


class AttemptItem(Item):
    """One attempt as stored; `status` is 0 where no answer came."""

    class Meta(_DeliveriesMeta):
        """Deliveries."""

    at = InstantAttribute()
    status = NumberAttribute()
    duration_ms = NumberAttribute(attr_name="durationMs")
    failure = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What came of one attempt: the answer's status and beginning, or why there was none."""

    at: datetime
    status: int
    duration_ms: int
    failure: str | None
    answer: str | None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took the message."""
        return 200 <= self.status < 300  # noqa: PLR2004 (RFC 9110, 15.3)


class MessageRepository:
    """Messages and attempts of exactly one organization."""

    def __init__(self, organization_id: OrganizationId) -> None:
        self._pk = keys.organization_partition(organization_id)

    def add(self, message_id: MessageId, *, endpoint_id: str, event_type: str, body: str, now: datetime) -> bool:
        """Store a new message, due when nothing has become of it by then; tell whether this call did."""
        item = MessageItem(
            self._pk,
            keys.message_sort_key(message_id),
            message_id=message_id,
            endpoint_id=endpoint_id,
            event_type=event_type,
            body=body,
            state=MessageState.PENDING.value,
            attempts=0,
            created_at=now,
            due_shard=_shard(message_id),
            due_at=now + LEASE,
            expires_at=int((now + RETENTION).timestamp()),
        )
        return item.save_if(MessageItem.pk.does_not_exist())

    def claim(self, message_id: str, *, attempts: int, now: datetime) -> MessageItem | None:
        """Take the next attempt at a message, if it is the one after `attempts`; of two claimants one gets it.

        The attempt is counted before it is made: one that crashes is found overdue and counted as failed.
        """
        claimed = conditional_update(
            self._item(message_id),
            [
                MessageItem.attempts.set(attempts + 1),
                MessageItem.due_shard.set(_shard(message_id)),
                MessageItem.due_at.set(now + LEASE),
            ],
            (MessageItem.state == MessageState.PENDING.value) & (MessageItem.attempts == attempts),
        )
        return claimed.item if claimed.held else None

    def record(self, message_id: str, number: int, result: AttemptResult) -> None:
        """Store what came of one attempt."""
        AttemptItem(
            self._pk,
            keys.attempt_sort_key(message_id, number),
            at=result.at,
            status=result.status,
            duration_ms=result.duration_ms,
            failure=result.failure,
            answer=result.answer,
            expires_at=int((result.at + RETENTION).timestamp()),
        ).save()

    def settle(self, message_id: str, state: MessageState) -> None:
        """Store that no further attempt will be made."""
        conditional_update(
            self._item(message_id),
            [
                MessageItem.state.set(state.value),
                MessageItem.due_shard.remove(),
                MessageItem.due_at.remove(),
            ],
            MessageItem.state == MessageState.PENDING.value,
        )

    def postpone(self, message_id: str, *, attempts: int, until: datetime) -> bool:
        """Store when a message is looked for again; tell whether it still waits after so many attempts."""
        return conditional_update(
            self._item(message_id),
            [MessageItem.due_at.set(until)],
            (MessageItem.state == MessageState.PENDING.value) & (MessageItem.attempts == attempts),
        ).held

    def _item(self, message_id: str) -> MessageItem:
        return MessageItem(self._pk, keys.message_sort_key(message_id))


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that waits, as the index knows it: maybe a moment out of date."""

    organization_id: OrganizationId
    id: MessageId
    endpoint_id: str
    attempts: int
    due_at: datetime


def due_messages(shard: int, *, until: datetime, limit: int) -> list[DueMessage]:
    """Return the messages of one shard of the index that are due by `until`, the longest overdue first."""
    items = MessageItem.due_index.query(keys.due_shard(shard), _DueIndex.due_at <= until, limit=limit)
    return [
        DueMessage(
            keys.organization_of(item.pk), MessageId(item.message_id), item.endpoint_id, int(item.attempts), item.due_at
        )
        for item in items
    ]


def _shard(message_id: str) -> str:
    return keys.due_shard(hashlib.sha256(message_id.encode()).digest()[0] % DUE_SHARDS)
