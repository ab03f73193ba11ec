"""Sign-ins that have begun and wait for their browser to come back from the identity provider.

Two secrets lead to one: the `state`, which travels through the provider, and the sign-in token, which stays with the
browser that began. Only their hashes are kept. The nonce and the PKCE verifier are derived from the token, so the table
holds nothing with which a code could be redeemed, and nobody but that browser can bring a sign-in to its end (login
CSRF; RFC 9700, 2.1.1 and 4.7; ASVS 10.1.2, 10.2.1).
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.ids import OrganizationId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.single_sign_on.errors import SingleSignOnRefused
from nexstock.single_sign_on.model import SingleSignOn

LIFETIME: Final = timedelta(minutes=10)
_ENDED: Final = "This sign-in has ended, or another browser began it; begin again"


@dataclass(frozen=True, slots=True)
class SignInToken:
    """What the browser that began keeps; everything else follows from it."""

    text: str = field(repr=False)

    @property
    def digest(self) -> bytes:
        """What is stored of it: with 256 random bits, a plain SHA-256 gives nothing to guess."""
        return hashlib.sha256(self.text.encode()).digest()

    @property
    def nonce(self) -> str:
        """What the provider has to repeat in the ID token (OpenID Connect Core, 3.1.2.1)."""
        return self._derived("nonce")

    @property
    def code_verifier(self) -> str:
        """What proves to the provider that the code is redeemed for whoever asked for it (RFC 7636, 4.1)."""
        return self._derived("code verifier")

    @property
    def code_challenge(self) -> str:
        """The verifier's hash, which the provider gets first: method S256 (RFC 7636, 4.2)."""
        return _base64url(hashlib.sha256(self.code_verifier.encode()).digest())

    def _derived(self, purpose: str) -> str:
        return _base64url(hmac.new(self.text.encode(), purpose.encode(), hashlib.sha256).digest())


class _SignOnItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    token_digest = BinaryAttribute(attr_name="tokenDigest", legacy_encoding=False)
    organization_id = UnicodeAttribute(attr_name="organizationId")
    connection_version = NumberAttribute(attr_name="connectionVersion")
    ends_at = InstantAttribute(attr_name="endsAt")


@dataclass(frozen=True, slots=True)
class PendingSignOn:
    """A sign-in that was taken up again: for which organization, with which version of its connection."""

    organization_id: OrganizationId
    connection_version: int


def begin(connection: SingleSignOn, now: datetime) -> tuple[str, SignInToken]:
    """Store a new sign-in and return its state and its token, which are kept nowhere."""
    state, token = secrets.token_urlsafe(32), SignInToken(f"nxo_{secrets.token_urlsafe(32)}")
    item = _item(state)
    item.token_digest, item.organization_id = token.digest, connection.id
    item.connection_version, item.ends_at = connection.version, now + LIFETIME
    item.expires_at = int(item.ends_at.timestamp())
    item.save(_SignOnItem.pk.does_not_exist())
    return state, token


def take_up(state: str, token: SignInToken, now: datetime) -> PendingSignOn:
    """End a sign-in's wait; of two who show the same state and token at once, one is let go on.

    Raises:
        SingleSignOnRefused: unknown, spent, too old, or begun by another browser (401).
    """
    wanted = _item(state)
    try:
        item = _SignOnItem.get(wanted.pk, wanted.sk, consistent_read=True)
    except DoesNotExist:
        raise SingleSignOnRefused(_ENDED) from None
    # A wrong token ends nothing: whoever saw the state on its way could otherwise spoil the sign-in.
    if not hmac.compare_digest(item.token_digest, token.digest) or item.ends_at <= now:
        raise SingleSignOnRefused(_ENDED)
    if not item.delete_if(_SignOnItem.token_digest == item.token_digest):
        raise SingleSignOnRefused(_ENDED)
    return PendingSignOn(OrganizationId(item.organization_id), int(item.connection_version))


def _item(state: str) -> _SignOnItem:
    return _SignOnItem(
        identity_keys.sign_on_partition(hashlib.sha256(state.encode()).hexdigest()), identity_keys.PENDING
    )


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
