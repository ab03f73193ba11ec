"""Refresh tokens as text: `nxr_` + the user's and the session's ULIDs + 43 characters of secret (256 random bits).

The ids only say where to look; the secret is what counts, and only its SHA-256 is stored. RFC 9700, 4.14.2.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from nexstock.errors import Unauthenticated
from nexstock.ids import SessionId, UserId

_SECRET_BYTES: Final = 32
_ULID: Final = "[0-7][0-9A-HJKMNP-TV-Z]{25}"
_PATTERN: Final = re.compile(rf"nxr_({_ULID})({_ULID})([0-9A-Za-z_-]{{43}})")


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token; its secret never shows in a repr."""

    user_id: UserId
    session_id: SessionId
    secret: bytes = field(repr=False)

    @classmethod
    def generate(cls, user_id: UserId, session_id: SessionId) -> Self:
        """Return a new token of a session."""
        return cls(user_id, session_id, secrets.token_bytes(_SECRET_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the token that a client sent.

        Raises:
            Unauthenticated: not of this form (401).
        """
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise Unauthenticated
        user, session, secret = match.groups()
        return cls(UserId(f"usr_{user}"), SessionId(f"ses_{session}"), base64.urlsafe_b64decode(f"{secret}="))

    @property
    def text(self) -> str:
        """The token as clients hold it."""
        secret = base64.urlsafe_b64encode(self.secret).rstrip(b"=").decode()
        return f"nxr_{self.user_id.removeprefix('usr_')}{self.session_id.removeprefix('ses_')}{secret}"

    @property
    def digest(self) -> bytes:
        """What is stored of the token."""
        return hashlib.sha256(self.secret).digest()

    def pad_for(self, successor: Self) -> bytes:
        """Return the successor's secret under a one-time pad that only this token's bearer can make."""
        return _xor(self._one_time_pad(), successor.secret)

    def successor_from(self, pad: bytes) -> Self:
        """Return the successor that `pad_for` hid."""
        return type(self)(self.user_id, self.session_id, _xor(self._one_time_pad(), pad))

    def _one_time_pad(self) -> bytes:
        # A token has one successor, so the pad is used once.
        return hmac.new(self.secret, b"nexstock refresh successor", hashlib.sha256).digest()


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
