"""Entries of an exported audit log, one JSON object a line: read strictly, and as they were hashed (RFC 8785).

What a reader could take in two ways is refused, so that nothing is verified that another program reads otherwise: a
name that stands twice in an object, and numbers that are no integers, which no entry holds.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final, NoReturn, Self

import rfc8785

from nexstock_verify.merkle import leaf_hash

GENESIS_HASH: Final = "0" * 64
"""What the first entry has for the hash of the one before it."""


class MalformedEntry(Exception):  # noqa: N818 (names the fact)
    """A line is no entry of an audit log."""


@dataclass(frozen=True, slots=True)
class ExportedEntry:
    """One entry; `canonical` is the text that its hash, and its leaf in the tree, are of."""

    id: str
    organization_id: str
    sequence: int
    previous_hash: str
    hash: str
    canonical: bytes

    @classmethod
    def parse(cls, line: str | bytes) -> Self:
        """Return the entry that a line is.

        Raises:
            MalformedEntry: it is none; the message says why.
        """
        try:
            fields = json.loads(line, object_pairs_hook=_object, parse_float=_no_integer, parse_constant=_no_integer)
            return cls._of(fields)
        except (ValueError, RecursionError) as error:
            raise MalformedEntry(str(error) or "not JSON") from error

    @classmethod
    def _of(cls, fields: Any) -> Self:  # noqa: ANN401 (any JSON value)
        if not isinstance(fields, dict):
            message = "not an object"
            raise MalformedEntry(message)
        texts = [fields.get(name) for name in ("id", "organizationId", "previousHash", "hash")]
        sequence = fields.get("sequence")
        if not all(isinstance(text, str) for text in texts) or type(sequence) is not int or sequence < 1:
            message = "not an entry of an audit log"
            raise MalformedEntry(message)
        entry_id, organization_id, previous_hash, own_hash = (str(text) for text in texts)
        canonical = rfc8785.dumps({name: value for name, value in fields.items() if name != "hash"})
        return cls(entry_id, organization_id, sequence, previous_hash, own_hash, canonical)

    @property
    def leaf(self) -> bytes:
        """The entry's leaf in the tree."""
        return leaf_hash(self.canonical)

    @property
    def has_own_hash(self) -> bool:
        """Whether the hash that the entry bears is the hash of what it says."""
        return hashlib.sha256(self.canonical).hexdigest() == self.hash


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) < len(pairs):
        message = "a name stands twice in an object"
        raise ValueError(message)
    return names


def _no_integer(_text: str) -> NoReturn:
    message = "a number that is no integer"
    raise ValueError(message)
