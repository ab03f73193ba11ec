"""What was sent, as its organization may see it: messages, the newest first, and what it may have done with them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from nexstock.auth.principals import Tenant
from nexstock.errors import NotFound
from nexstock.ids import is_id
from nexstock.persistence import keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.tenant_items import Page, changed_meanwhile
from nexstock.webhooks.endpoint_lists import MESSAGE_PREFIX, Listed, bounds, messages_of_endpoint
from nexstock.webhooks.messages import (
    MessageItem,
    MessageRepository,
    MessageState,
    NewMessage,
    reopening,
    unchanged,
)

_MAX_QUERIES_PER_PAGE: Final = 4
_Read = Callable[[str | None, int], tuple[list[MessageItem], str | None]]


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """Which deliveries a list shows."""

    endpoint_id: str | None = None
    status: MessageState | None = None
    since: datetime | None = None


class DeliveryLog:
    """The messages of exactly one organization; changes are staged on the tenant's transaction."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._pk = keys.organization_partition(tenant.organization_id)
        self._messages = MessageRepository(tenant.organization_id)

    def get(self, message_id: str) -> MessageItem:
        """Return one message.

        Raises:
            NotFound: none here; another organization's looks the same (404).
        """
        message = self._messages.get(message_id) if is_id(message_id, MESSAGE_PREFIX) else None
        if message is None:
            raise NotFound
        return message

    def list(self, wanted: DeliveryFilter, *, limit: int, after: str | None) -> Page[MessageItem]:
        """Return up to `limit` messages, beginning behind the sort key `after`.

        A status is looked up where an index lists it, and sorted out of the others otherwise. The queries of one page
        are bounded: a page may be short, or even empty, and still have a next one.
        """
        read = self._all(wanted) if wanted.endpoint_id is None else self._of_endpoint(wanted, wanted.endpoint_id)
        found: list[MessageItem] = []
        position = after
        for _ in range(_MAX_QUERIES_PER_PAGE):
            items, position = read(position, limit - len(found))
            found += [item for item in items if wanted.status in {None, item.state}]
            if position is None or len(found) == limit:
                break
        return Page(found, position)

    def stage_new(self, message: NewMessage, now: datetime) -> MessageItem:
        """Stage a new message, and return it."""
        item = self._messages.new_item(message, now)
        self._tenant.transaction.put(item, condition=MessageItem.pk.does_not_exist(), refusal=changed_meanwhile)
        return item

    def stage_reopening(self, message: MessageItem, now: datetime) -> None:
        """Stage that a message which is settled is tried anew; it wins only if nobody else changed it meanwhile."""
        self._tenant.transaction.update(
            MessageItem(message.pk, message.sk),
            reopening(message, now),
            condition=unchanged(message),
            refusal=changed_meanwhile,
        )

    def _all(self, wanted: DeliveryFilter) -> _Read:
        between = MessageItem.sk.between(*bounds(wanted.since))

        def read(after: str | None, limit: int) -> tuple[list[MessageItem], str | None]:
            return MessageItem.query_page(self._pk, between, limit=limit, after=after, newest_first=True)

        return read

    def _of_endpoint(self, wanted: DeliveryFilter, endpoint_id: str) -> _Read:
        listed = Listed.FAILED if wanted.status is MessageState.FAILED else Listed.ALL
        between, organization_id = bounds(wanted.since), self._tenant.organization_id

        def read(after: str | None, limit: int) -> tuple[list[MessageItem], str | None]:
            found, position = messages_of_endpoint(
                organization_id, endpoint_id, listed, between, limit=limit, after=after
            )
            items = batch_get([(MessageItem, self._pk, sort_key) for sort_key in found]) if found else []
            return [item for item in items if isinstance(item, MessageItem)], position

        return read
