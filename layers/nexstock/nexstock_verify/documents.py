"""Documents that the key of the checkpoints signed: a line of JSON (RFC 8785), and the signed note of its hash.

The note has the hash and not the line, because KMS signs no more than 4,096 bytes (AWS: Sign, `Message`). It begins
with what kind of document it is of, which no log is called, so neither a checkpoint nor a document of another kind
passes for one, although the same key signs them all.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import rfc8785

from nexstock_verify.notes import MalformedNote, NotSigned, PublicKey, signed_text, to_base64

SIGNER: Final = "nexstock.com/documents"
"""The name under which the key signs documents, whichever log's name it was noted under."""

_HEADER: Final = re.compile("nexstock\\.com/([a-z]+(?:-[a-z]+)*)/v1")
_TEXT_LINES: Final = 2


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says: its kind, and one line of canonical JSON."""

    kind: str
    line: str

    @classmethod
    def of(cls, kind: str, body: dict[str, Any]) -> Self:
        """Return the document that says something.

        Raises:
            ValueError: the kind is not lower-case words joined by hyphens, or the body is not JSON.
        """
        if not _HEADER.fullmatch(_header(kind)):
            message = "not a kind of documents"
            raise ValueError(message)
        return cls(kind, rfc8785.dumps(body).decode())

    @classmethod
    def open(cls, content: str, keys: Iterable[PublicKey]) -> Self:
        """Return the document that a file is, which one of the keys signed.

        Raises:
            MalformedNote: it is none.
            NotSigned: none of the keys signed it as it is here.
        """
        line, _, note = content.partition("\n\n")
        header, *rest = signed_text(note, [replace(key, name=SIGNER) for key in keys]).split("\n")
        kind = _HEADER.fullmatch(header)
        if kind is None or len(rest) != _TEXT_LINES:
            message = "not a document"
            raise MalformedNote(message)
        document = cls(kind[1], line)
        if document.text != "\n".join([header, *rest]):
            raise NotSigned
        return document

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{_header(self.kind)}\n{to_base64(hashlib.sha256(self.line.encode()).digest())}\n"

    @property
    def body(self) -> dict[str, Any]:
        """What the document says, as it was given to be signed."""
        body: dict[str, Any] = json.loads(self.line)
        return body

    def with_note(self, note: str) -> str:
        """Return the document as a file; the note is of its text."""
        return f"{self.line}\n\n{note}"


def _header(kind: str) -> str:
    return f"nexstock.com/{kind}/v1"
