"""Webhook messages in DynamoDB: `ORG#<organization>` / `MESSAGE#<id>`.

A message that waits has `due` keys, which the index `Due` sorts by time. They are the safety net below the queue:
whatever is overdue, for whatever reason, is found there and sent again. What an endpoint was sent stands in the index
`Endpoint`, and what it never took in the index `Failed`.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from nexstock.ids import MessageId, OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item, conditional_update
from nexstock.persistence.transaction import RawItem, Transaction
from nexstock.webhooks.places import Place, PlaceItem
from nexstock.webhooks.retries import ATTEMPTS

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


class _DueIndex(GlobalSecondaryIndex[Any]):
    class Meta:
        index_name = _DUE_INDEX
        projection = IncludeProjection(["id", "endpointId", "attempts"])

    due_shard = UnicodeAttribute(hash_key=True, attr_name="dueShard")
    due_at = InstantAttribute(range_key=True, attr_name="dueAt")


class MessageItem(Item):
    """A message for one endpoint as stored; `body` is the exact text that is sent and signed.

    `last_attempt` is the number of the attempt after which it is given up, `pending_since` when it was sent anew, if it
    was, and `running_until` the lease of the attempt that is being made. `resource` and `sequence` say in which line,
    and where, a message of an ordered endpoint waits.
    """

    class Meta:
        """Deliveries."""

        table_name = TABLES.deliveries

    message_id = UnicodeAttribute(attr_name="id")
    endpoint_id = UnicodeAttribute(attr_name="endpointId")
    event_type = UnicodeAttribute(attr_name="eventType")
    body = UnicodeAttribute()
    state = UnicodeAttribute()
    version = NumberAttribute(default=1)
    attempts = NumberAttribute()
    last_attempt = NumberAttribute(attr_name="lastAttempt", default=ATTEMPTS)
    created_at = InstantAttribute(attr_name="createdAt")
    pending_since = InstantAttribute(attr_name="pendingSince", null=True)
    running_until = InstantAttribute(attr_name="runningUntil", null=True)
    resource = UnicodeAttribute(null=True)
    sequence = NumberAttribute(null=True)
    endpoint_list = UnicodeAttribute(attr_name="endpointList", null=True)
    failed_list = UnicodeAttribute(attr_name="failedList", null=True)
    due_shard = UnicodeAttribute(attr_name="dueShard", null=True)
    due_at = InstantAttribute(attr_name="dueAt", null=True)
    due_index = _DueIndex()

    @property
    def place(self) -> Place | None:
        """Where it stands in line; None where it waits for no other message."""
        if self.resource is None or self.sequence is None:
            return None
        return Place(self.endpoint_id, self.resource, int(self.sequence))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message that is about to be stored.

    Args:
        id: its id.
        endpoint_id: where it goes.
        event_type: what it tells of.
        body: the exact text.
        last_attempt: the number of the attempt after which it is given up.
        place: where it stands in line, if it waits for others.
    """

    id: MessageId
    endpoint_id: str
    event_type: str
    body: str
    last_attempt: int = ATTEMPTS
    place: Place | None = None


class _AlreadyDone(Exception):  # noqa: N818 (an event)
    """What was to be written had been written before."""


class MessageRepository:
    """Messages of exactly one organization."""

    def __init__(self, organization_id: OrganizationId) -> None:
        self._organization_id = organization_id
        self._pk = keys.organization_partition(organization_id)

    def get(self, message_id: str) -> MessageItem | None:
        """Return a message, read consistently, if it is there."""
        try:
            return MessageItem.get(self._pk, keys.message_sort_key(message_id), consistent_read=True)
        except DoesNotExist:
            return None

    def add(self, message: NewMessage, now: datetime) -> bool:
        """Store a new message, due when nothing has become of it by then; tell whether this call did.

        One that stands in line is stored together with its place, so that none of them exists without the other.
        """
        item = self.new_item(message, now)
        if message.place is None:
            return item.save_if(MessageItem.pk.does_not_exist())
        transaction = Transaction()
        transaction.put(item, condition=MessageItem.pk.does_not_exist(), refusal=_already_done)
        place = self._place(message.place)
        place.message_id, place.expires_at = message.id, item.expires_at
        transaction.put(place, condition=PlaceItem.pk.does_not_exist(), refusal=_already_done)
        return _committed(transaction)

    def new_item(self, message: NewMessage, now: datetime) -> MessageItem:
        """Return the item of a new message."""
        place = message.place
        return MessageItem(
            self._pk,
            keys.message_sort_key(message.id),
            message_id=message.id,
            endpoint_id=message.endpoint_id,
            event_type=message.event_type,
            body=message.body,
            state=MessageState.PENDING.value,
            attempts=0,
            last_attempt=message.last_attempt,
            created_at=now,
            resource=None if place is None else place.resource,
            sequence=None if place is None else place.sequence,
            endpoint_list=keys.endpoint_list(self._organization_id, message.endpoint_id),
            due_shard=_shard(message.id),
            due_at=now + LEASE,
            expires_at=int((now + RETENTION).timestamp()),
        )

    def claim(self, message_id: str, *, attempts: int, now: datetime) -> MessageItem | None:
        """Take the next attempt at a message, if it is the one after `attempts`; of two claimants one gets it.

        The attempt is counted before it is made: one that crashes is found overdue and counted as failed.
        """
        claimed = conditional_update(
            self._item(message_id),
            [
                MessageItem.version.add(1),
                MessageItem.attempts.set(attempts + 1),
                MessageItem.running_until.set(now + LEASE),
                MessageItem.due_shard.set(_shard(message_id)),
                MessageItem.due_at.set(now + LEASE),
            ],
            _waits_after(attempts),
        )
        return claimed.item if claimed.held else None

    def settle(self, message: MessageItem, state: MessageState) -> None:
        """Store that no further attempt will be made, and give up the message's place in line with it."""
        item, is_pending = self._item(message.message_id), MessageItem.state == MessageState.PENDING.value
        changes = self._settled(message, state)
        if message.place is None:
            conditional_update(item, changes, is_pending)
            return
        transaction = Transaction()
        transaction.update(item, changes, condition=is_pending, refusal=_already_done)
        transaction.delete(self._place(message.place), condition=_WHATEVER, refusal=_already_done)
        _committed(transaction)

    def postpone(self, message_id: str, *, attempts: int, until: datetime) -> MessageItem | None:
        """Store when a message is looked for again; return it if it still waits after so many attempts."""
        postponed = conditional_update(
            self._item(message_id),
            [MessageItem.version.add(1), MessageItem.due_at.set(until), MessageItem.running_until.remove()],
            _waits_after(attempts),
        )
        return postponed.item if postponed.held else None

    def reopen(self, message: MessageItem, now: datetime) -> bool:
        """Have a message that was given up tried anew, by the whole schedule; tell whether this call did."""
        return conditional_update(self._item(message.message_id), reopening(message, now), unchanged(message)).held

    def _settled(self, message: MessageItem, state: MessageState) -> list[Action]:
        failed = [MessageItem.failed_list.set(keys.endpoint_list(self._organization_id, message.endpoint_id))]
        return [
            MessageItem.version.add(1),
            MessageItem.state.set(state.value),
            MessageItem.running_until.remove(),
            MessageItem.due_shard.remove(),
            MessageItem.due_at.remove(),
            *(failed if state is MessageState.FAILED else []),
        ]

    def _item(self, message_id: str) -> MessageItem:
        return MessageItem(self._pk, keys.message_sort_key(message_id))

    def _place(self, place: Place) -> PlaceItem:
        return PlaceItem(self._pk, place.sort_key)


_WHATEVER: Final = PlaceItem.pk.exists() | PlaceItem.pk.does_not_exist()


def reopening(message: MessageItem, now: datetime) -> list[Action]:
    """Return what changes about a message that is tried anew."""
    return [
        MessageItem.version.add(1),
        MessageItem.state.set(MessageState.PENDING.value),
        MessageItem.last_attempt.set(int(message.attempts) + ATTEMPTS),
        MessageItem.pending_since.set(now),
        MessageItem.expires_at.set(int((now + RETENTION).timestamp())),
        MessageItem.failed_list.remove(),
        MessageItem.due_shard.set(_shard(message.message_id)),
        MessageItem.due_at.set(now + LEASE),
    ]


def unchanged(message: MessageItem) -> Condition:
    """Return the condition that a message is where it was when it was read."""
    is_unchanged: Condition = (MessageItem.state == message.state) & (MessageItem.attempts == message.attempts)
    return is_unchanged


def _waits_after(attempts: int) -> Condition:
    waits: Condition = (MessageItem.state == MessageState.PENDING.value) & (MessageItem.attempts == attempts)
    return waits


def _shard(message_id: str) -> str:
    return keys.due_shard(hashlib.sha256(message_id.encode()).digest()[0] % DUE_SHARDS)


def _already_done(_standing: RawItem | None) -> Exception:
    return _AlreadyDone()


def _committed(transaction: Transaction) -> bool:
    try:
        transaction.commit()
    except _AlreadyDone:
        return False
    return True
