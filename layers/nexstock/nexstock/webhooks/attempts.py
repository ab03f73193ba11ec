"""Attempts at webhook messages in DynamoDB: `ORG#<organization>` / `ATTEMPT#<message>#<n>`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.ids import OrganizationId
from nexstock.persistence import keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.webhooks.messages import RETENTION

_MOST_SHOWN: Final = 200
"""More than a message ever has."""


class AttemptItem(Item):
    """One attempt as stored; `status` is 0 where no answer came."""

    class Meta:
        """Deliveries."""

        table_name = TABLES.deliveries

    at = InstantAttribute()
    status = NumberAttribute()
    duration_ms = NumberAttribute(attr_name="durationMs")
    failure = UnicodeAttribute(null=True)
    answer = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What came of one attempt: the answer's status and beginning, or why there was none.

    `status` is 0 where no answer came; `asked_wait` is what the receiver's `Retry-After` said.
    """

    at: datetime
    status: int
    duration_ms: int
    failure: str | None
    answer: str | None
    asked_wait: timedelta | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took the message."""
        return 200 <= self.status < 300  # noqa: PLR2004 (RFC 9110, 15.3)


class AttemptRepository:
    """Attempts of exactly one organization."""

    def __init__(self, organization_id: OrganizationId) -> None:
        self._pk = keys.organization_partition(organization_id)

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

    def list(self, message_id: str) -> list[tuple[int, AttemptResult]]:
        """Return the attempts at a message with their numbers, in their order."""
        items, _ = AttemptItem.query_page(
            self._pk, AttemptItem.sk.startswith(keys.attempts_prefix(message_id)), limit=_MOST_SHOWN
        )
        return [(keys.attempt_number_of(item.sk), _to_result(item)) for item in items]


def _to_result(item: AttemptItem) -> AttemptResult:
    return AttemptResult(item.at, int(item.status), int(item.duration_ms), item.failure, item.answer)
