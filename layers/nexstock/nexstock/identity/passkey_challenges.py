"""Challenges for passkeys: 256 random bits that an authenticator signs, good for five minutes and one use.

A challenge for a new passkey belongs to the session that asked; one for a sign-in to nobody, because who answers it
shows only then. The answer names its challenge itself, so that clients need to send no handle of it.
"""

import base64
import binascii
import hashlib
import json
import secrets
from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from nexstock.identity.errors import InvalidPasskey
from nexstock.ids import SessionId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.transaction import RawItem, Transaction

LIFETIME: Final = timedelta(minutes=5)
LIFETIME_MS: Final = int(LIFETIME.total_seconds()) * 1000
_BYTES: Final = 32


class PasskeyChallengeItem(Item):
    """A challenge that was not answered yet."""

    class Meta:
        """People."""

        table_name = TABLES.identity

    session_id = UnicodeAttribute(attr_name="sessionId", null=True)
    ends_at = InstantAttribute(attr_name="endsAt")


def issue(now: datetime, *, session_id: SessionId | None) -> str:
    """Store a new challenge, for a session or for whoever signs in, and return it in base64url."""
    challenge = secrets.token_bytes(_BYTES)
    item = _item(challenge)
    item.session_id, item.ends_at = session_id, now + LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save(PasskeyChallengeItem.pk.does_not_exist())
    return base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()


def challenge_in(client_data_json: str) -> bytes:
    """Return the challenge that an answer says it is for; what it says counts only once its signature is verified.

    Args:
        client_data_json: the client data in base64url (WebAuthn Level 3, 5.8.1).

    Raises:
        InvalidPasskey: unreadable (422).
    """
    try:
        return _decoded(json.loads(_decoded(client_data_json))["challenge"])
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, binascii.Error):
        raise InvalidPasskey from None


def stage_spending(challenge: bytes, session_id: SessionId, transaction: Transaction, now: datetime) -> None:
    """Stage the end of a session's challenge; the commit raises `InvalidPasskey` if it is not one of that session."""
    transaction.delete(
        _item(challenge),
        condition=(PasskeyChallengeItem.session_id == session_id) & (PasskeyChallengeItem.ends_at > now),
        refusal=_unknown,
    )


def spend(challenge: bytes, now: datetime) -> bool:
    """End a challenge for a sign-in; tell whether it was good until now."""
    return _item(challenge).delete_if(
        PasskeyChallengeItem.session_id.does_not_exist() & (PasskeyChallengeItem.ends_at > now)
    )


def _item(challenge: bytes) -> PasskeyChallengeItem:
    return PasskeyChallengeItem(
        identity_keys.passkey_challenge_partition(hashlib.sha256(challenge).hexdigest()), identity_keys.CHALLENGE
    )


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _unknown(_standing: RawItem | None) -> Exception:
    return InvalidPasskey()
