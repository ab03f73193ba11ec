"""The hash chain: each entry carries the hash of the one before it, so that nothing can be changed unseen.

The hash is SHA-256 over the entry's canonical form (RFC 8785), `hash` itself left out. What is hashed is the very
text that is stored: nothing is lost between storing and verifying.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

import rfc8785

from nexstock.audit.entries import AuditFacts
from nexstock.ids import OrganizationId
from nexstock_verify.entries import GENESIS_HASH
from nexstock_verify.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry's place and hash; before the first entry, 0 and zeros."""

    sequence: int = 0
    hash: str = GENESIS_HASH


@dataclass(frozen=True, slots=True)
class ChainedEntry:
    """An entry with its place in the chain; `canonical` is the text that `hash` is of."""

    id: str
    sequence: int
    hash: str
    canonical: str

    @classmethod
    def append(cls, facts: AuditFacts, organization_id: OrganizationId, head: Head) -> Self:
        """Return the entry that follows `head`."""
        recorded = asdict(facts)
        body = {
            **{_CAMEL.get(name, name): value for name, value in recorded.items()},
            "organizationId": organization_id,
            "sequence": head.sequence + 1,
            "previousHash": head.hash,
        }
        canonical = rfc8785.dumps(body)
        return cls(facts.id, head.sequence + 1, hashlib.sha256(canonical).hexdigest(), canonical.decode())

    @property
    def head(self) -> Head:
        """The chain's head once this entry is in it."""
        return Head(self.sequence, self.hash)

    @property
    def leaf(self) -> bytes:
        """The hash of the entry's leaf in the log's tree."""
        return leaf_hash(self.canonical.encode())

    @property
    def fields(self) -> dict[str, Any]:
        """The entry as JSON values, `hash` included."""
        parsed: dict[str, Any] = json.loads(self.canonical)
        return {**parsed, "hash": self.hash}


def chained(facts: Iterable[AuditFacts], organization_id: OrganizationId, head: Head) -> list[ChainedEntry]:
    """Return the entries that follow `head`, each the one before it."""
    entries = []
    for each in facts:
        entries.append(ChainedEntry.append(each, organization_id, head))
        head = entries[-1].head
    return entries


_CAMEL: Final = {"user_agent": "userAgent", "request_id": "requestId"}
