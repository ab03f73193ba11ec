"""Work that outlasts its request: a note on a queue names it, what it is stands in its item.

The note is queued before the request commits, because a crash after the commit would lose it otherwise. So a note may
come before its item, and then waits; and it may stand for a request that never committed, and then is dropped. A note
only says that the work is to go on, so that one too many does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, Self

from nexstock.clock import from_rfc3339, to_rfc3339
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from nexstock.queues import Delayed

COMMIT_S: Final = 1
"""By then the request that queued a note has usually committed."""

_COMMITTED_WITHIN: Final = timedelta(minutes=1)
"""Longer than any request lasts."""

_NOT_COMMITTED: Final = "its request has not committed yet"


class SendNote(Protocol):
    """Puts a note on a queue."""

    def __call__(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        """Send it, visible after `delay_s` seconds."""


@dataclass(frozen=True, slots=True)
class JobNote:
    """Which work of which organization is to go on, and since when."""

    organization_id: OrganizationId
    job_id: str
    queued_at: datetime

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> Self:
        """Return the note that a queue delivered."""
        return cls(OrganizationId(message["organizationId"]), message["jobId"], from_rfc3339(message["queuedAt"]))

    @property
    def message(self) -> dict[str, str]:
        """The note as a queue carries it."""
        return {
            "organizationId": self.organization_id,
            "jobId": self.job_id,
            "queuedAt": to_rfc3339(self.queued_at),
        }

    def drop_unless_early(self, now: datetime) -> None:
        """Give up a note whose work is not there.

        Raises:
            Delayed: the request that queued it may still commit.
        """
        if now - self.queued_at < _COMMITTED_WITHIN:
            raise Delayed(_NOT_COMMITTED)
        logger.info("note dropped", organization_id=self.organization_id)
