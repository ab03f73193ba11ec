"""What the queue of imports carries: which import is to go on, and since when."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from nexstock.clock import to_rfc3339
from nexstock.ids import ImportId, OrganizationId


class SendNote(Protocol):
    """Puts a note on a queue."""

    def __call__(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        """Send it, visible after `delay_s` seconds."""


def note_of(organization_id: OrganizationId, import_id: ImportId, queued_at: datetime) -> dict[str, str]:
    """Return a note that an import is to go on."""
    return {"organizationId": organization_id, "importId": import_id, "queuedAt": to_rfc3339(queued_at)}
