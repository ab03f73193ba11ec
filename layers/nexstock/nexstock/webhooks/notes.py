"""What the queue of deliveries carries: which message is to be attempted, and how it comes to that."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from nexstock.ids import OrganizationId


@dataclass(frozen=True, slots=True)
class Note:
    """Which message, and how many attempts it has had when this note is acted on.

    `waits` counts how often in a row the endpoint had no room for it; `by_hand` is a note that a person wants acted on
    now, even if the endpoint is paused.
    """

    organization_id: OrganizationId
    message_id: str
    endpoint_id: str
    attempts: int
    waits: int = 0
    by_hand: bool = False

    @classmethod
    def parse(cls, message: Mapping[str, str]) -> Self:
        """Return the note that a queue delivered."""
        return cls(
            OrganizationId(message["organizationId"]),
            message["messageId"],
            message["endpointId"],
            int(message["attempts"]),
            int(message.get("waits", "0")),
            "byHand" in message,
        )

    @property
    def message(self) -> dict[str, str]:
        """The note as a queue carries it."""
        return {
            "organizationId": self.organization_id,
            "messageId": self.message_id,
            "endpointId": self.endpoint_id,
            "attempts": str(self.attempts),
            **({"waits": str(self.waits)} if self.waits else {}),
            **({"byHand": "true"} if self.by_hand else {}),
        }

    def after(self, attempts: int) -> Self:
        """Return the note of the next attempt after so many."""
        return replace(self, attempts=attempts, waits=0, by_hand=False)

    def once_more(self) -> Self:
        """Return the note of the same attempt, which could not be made yet."""
        return replace(self, waits=self.waits + 1)
