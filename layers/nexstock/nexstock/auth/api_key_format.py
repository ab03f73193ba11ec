"""API keys as text: `nxs_live_` + 26 characters of id + 43 of secret + 6 of checksum.

The prefix lets secret scanners find a leaked key, the CRC32 lets them and us tell a key from a typo without a
look-up. The secret has 256 random bits, so a plain SHA-256 of the key is all that needs to be stored: there is
nothing to guess (the reasoning of ASVS 6.5.2). Facts on formats: GitHub's token format, Seam's prefixed API keys.
"""

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass, field
from typing import Final, Self

from nexstock.errors import Unauthenticated
from nexstock.ids import ApiKeyId

PREFIX: Final = "nxs_live_"
SHOWN_CHARACTERS: Final = 8
"""How much of the id is shown in lists beside the prefix."""

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_LENGTH: Final = 43
_CHECKSUM_LENGTH: Final = 6
PATTERN: Final = re.compile(r"nxs_live_([0-7][0-9A-HJKMNP-TV-Z]{25})([0-9A-Za-z]{43})([0-9A-Za-z]{6})")


@dataclass(frozen=True, slots=True)
class ApiKeyText:
    """A well-formed API key; the text never shows in a repr."""

    id: ApiKeyId
    text: str = field(repr=False)

    @classmethod
    def generate(cls, api_key_id: ApiKeyId) -> Self:
        """Return a new key for an id such as `key_01JD…`."""
        body = PREFIX + api_key_id.removeprefix("key_") + _base62(secrets.randbits(256), _SECRET_LENGTH)
        return cls(api_key_id, body + _checksum(body))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that a client sent.

        Raises:
            Unauthenticated: not of this form, or the checksum is wrong (401); no look-up is spent on it.
        """
        match = PATTERN.fullmatch(text)
        if match is None or _checksum(text[:-_CHECKSUM_LENGTH]) != match.group(3):
            raise Unauthenticated
        return cls(ApiKeyId(f"key_{match.group(1)}"), text)

    @property
    def shown_prefix(self) -> str:
        """The beginning that may be shown in lists."""
        return self.text[: len(PREFIX) + SHOWN_CHARACTERS]

    @property
    def digest(self) -> bytes:
        """What is stored of the key."""
        return hashlib.sha256(self.text.encode()).digest()


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECKSUM_LENGTH)


def _base62(value: int, length: int) -> str:
    digits = ""
    for _ in range(length):
        value, digit = divmod(value, len(_BASE62))
        digits = _BASE62[digit] + digits
    return digits
