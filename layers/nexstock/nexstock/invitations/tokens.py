"""Invitation tokens as text: `nxi_` + the invitation's ULID + 43 characters of secret (256 random bits)."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final, Self

from nexstock.ids import InvitationId
from nexstock.invitations.errors import InvalidInvitation

_FORM: Final = re.compile(r"nxi_([0-7][0-9A-HJKMNP-TV-Z]{25})[0-9A-Za-z_-]{43}")


@dataclass(frozen=True, slots=True)
class InvitationToken:
    """What is mailed to the invited; it never shows in a repr."""

    id: InvitationId
    text: str = field(repr=False)

    @classmethod
    def generate(cls, invitation_id: InvitationId) -> Self:
        """Return a new token for an invitation."""
        return cls(invitation_id, f"nxi_{invitation_id.removeprefix('inv_')}{secrets.token_urlsafe(32)}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the token that a client sent.

        Raises:
            InvalidInvitation: not of this form (422).
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise InvalidInvitation
        return cls(InvitationId(f"inv_{match.group(1)}"), text)

    @property
    def digest(self) -> bytes:
        """What is stored of the token; with 256 random bits a plain SHA-256 gives nothing to guess."""
        return hashlib.sha256(self.text.encode()).digest()
