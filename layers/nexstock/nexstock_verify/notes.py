"""Signed notes and the checkpoints that are written as such (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).

A checkpoint says of a log how many entries it has and what the root of their tree is. It is believed only by a key
that was known before: a key that comes with what it is to prove proves nothing.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from nexstock_verify.merkle import HASH_BYTES

_ED25519: Final = b"\x01"
_KEY_BYTES: Final = 32
_KEY_ID_BYTES: Final = 4
_SIZE: Final = re.compile("0|[1-9][0-9]{0,17}")
_NAME: Final = re.compile(r"[^\s+]+")
_CONTROL: Final = re.compile("[\x00-\x09\x0b-\x1f]")
_MAX_NOTE_CHARACTERS: Final = 100_000
_CHECKPOINT_LINES: Final = 3


class MalformedNote(Exception):  # noqa: N818 (names the fact)
    """A text is no key, no signed note, or no checkpoint."""


class NotSigned(Exception):  # noqa: N818 (names the fact)
    """No key that is known signed a note."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key that signs notes under a name."""

    name: str
    raw: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes by which signatures name the key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.raw).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line, as it is handed out: `<name>+<key id>+<key>`."""
        return f"{self.name}+{self.key_id.hex()}+{to_base64(_ED25519 + self.raw)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that a line is.

        Raises:
            MalformedNote: it is none of ours, or was cut or changed.
        """
        name, _, rest = text.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        content = from_base64(encoded)
        if not _NAME.fullmatch(name) or content[:1] != _ED25519 or len(content) != 1 + _KEY_BYTES:
            message = "not an Ed25519 key of a signed note"
            raise MalformedNote(message)
        key = cls(name, content[1:])
        if key.key_id.hex() != key_id:
            message = "the key does not match its id"
            raise MalformedNote(message)
        return key

    def signed(self, text: str, signature: bytes) -> str:
        """Return the note that a text and its signature by this key make."""
        return f"{text}\n\u2014 {self.name} {to_base64(self.key_id + signature)}\n"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Tell whether a signature of a text is of this key."""
        # Whoever only writes notes, or shows them, needs no cryptography.
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log had at a moment: `size` entries, whose tree has the root `root`; `origin` names the log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @classmethod
    def open(cls, note: str, keys: Iterable[PublicKey]) -> Self:
        """Return the checkpoint that a note is, which one of the keys signed, each only for the log of its name.

        Raises:
            MalformedNote: it is no checkpoint.
            NotSigned: none of the keys signed it.
        """
        origin = note.partition("\n")[0]
        return cls._parse(signed_text(note, [key for key in keys if key.name == origin]))

    @classmethod
    def _parse(cls, text: str) -> Self:
        lines = text.split("\n")
        if len(lines) != _CHECKPOINT_LINES + 1 or not _SIZE.fullmatch(lines[1]) or lines[3]:
            message = "not a checkpoint"
            raise MalformedNote(message)
        root = from_base64(lines[2])
        if len(root) != HASH_BYTES:
            message = "the root of a checkpoint has 32 bytes"
            raise MalformedNote(message)
        return cls(lines[0], int(lines[1]), root)


def signed_text(note: str, keys: Iterable[PublicKey]) -> str:
    """Return the text of a note that one of the keys signed.

    Raises:
        MalformedNote: it is no signed note.
        NotSigned: none of the keys signed it.
    """
    text, signatures = _parted(note)
    if not any(_is_signed(text, signatures, key) for key in keys):
        raise NotSigned
    return text


def to_base64(content: bytes) -> str:
    """Return bytes as standard base64 (RFC 4648, section 4)."""
    return base64.b64encode(content).decode()


def from_base64(text: str) -> bytes:
    """Return what a text is the base64 of; only the one text that `to_base64` gives is taken.

    Raises:
        MalformedNote: it is not that.
    """
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if to_base64(content) != text:
        message = "not base64"
        raise MalformedNote(message)
    return content


def _parted(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, blank, lines = note.rpartition("\n\n")
    if len(note) > _MAX_NOTE_CHARACTERS or _CONTROL.search(note) or not (text and blank and lines.endswith("\n")):
        message = "not a signed note"
        raise MalformedNote(message)
    return f"{text}\n", [_signature(line) for line in lines[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    content = from_base64(encoded)
    if dash != "\u2014" or not _NAME.fullmatch(name) or len(content) <= _KEY_ID_BYTES:
        message = "not a signature of a note"
        raise MalformedNote(message)
    return name, content


def _is_signed(text: str, signatures: list[tuple[str, bytes]], key: PublicKey) -> bool:
    ours = [content for name, content in signatures if name == key.name and content[:_KEY_ID_BYTES] == key.key_id]
    # One that fails speaks against the whole note, whatever else is signed.
    return bool(ours) and all(key.verifies(text, content[_KEY_ID_BYTES:]) for content in ours)
