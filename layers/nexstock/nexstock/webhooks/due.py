"""The index of what waits: messages of all organizations by the time at which they are due, in several parts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nexstock.ids import MessageId, OrganizationId
from nexstock.persistence import keys
from nexstock.webhooks.messages import MessageItem

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message that waits, as the index knows it: maybe a moment out of date."""

    organization_id: OrganizationId
    id: MessageId
    endpoint_id: str
    attempts: int
    due_at: datetime


def due_messages(shard: int, *, until: datetime) -> Iterator[DueMessage]:
    """Give the messages of one part of the index that are due by `until`, the longest overdue first."""
    index = MessageItem.due_index
    for item in index.query(keys.due_shard(shard), MessageItem.due_at <= until, page_size=_PAGE):
        yield DueMessage(
            keys.organization_of(item.pk), MessageId(item.message_id), item.endpoint_id, int(item.attempts), item.due_at
        )
