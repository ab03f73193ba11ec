"""Where a sealed value belongs; apart from the sealing itself, so that naming a place loads no cryptography."""

from dataclasses import dataclass
from typing import Final, Protocol

PLATFORM: Final = "platform"
"""Stands for the organization where a secret is the platform's own."""

PERSON: Final = "person"
"""Stands for the organization where a secret is a person's own, wherever they belong; the id is then theirs."""

KEPT_ANSWER: Final = "idempotency"
"""The kind of answers that are kept for a day: too short for keys of their own."""


@dataclass(frozen=True, slots=True)
class SealedPlace:
    """Organization, kind, id and field of a sealed value; all four are authenticated with it."""

    organization: str
    kind: str
    id: str
    field: str

    @property
    def encryption_context(self) -> dict[str, str]:
        """The context that the ciphertext is bound to."""
        return {"organization": self.organization, "kind": self.kind, "id": self.id, "field": self.field}


class Seal(Protocol):
    """Seals a value for a place."""

    def __call__(self, place: SealedPlace, plaintext: bytes, /) -> bytes:
        """Return the ciphertext."""
