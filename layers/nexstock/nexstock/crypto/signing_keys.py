"""The keys that access tokens are signed with: P-256, several at once, each with its own `kid`.

The public half stands in the `Keys` table in clear, for whoever verifies; the private half is sealed. A key is
published before it signs and stays published until the last token that it signed has ended
(docs/adr/0023-keys-that-sign.md).
"""

from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, MapAttribute

from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.crypto.remembered import Remembered
from nexstock.persistence.keys import SIGNING_KEYS
from nexstock.persistence.tables import TABLES, InstantAttribute, Item

_KNOWN_FOR_STRANGERS: Final = timedelta(seconds=10)
_MOST_KEYS: Final = 20

Jwk = dict[str, str]


class SigningKeyItem(Item):
    """One key pair; the sort key is its version."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    public_jwk: MapAttribute[str, Any] = MapAttribute(attr_name="publicJwk")
    sealed_private_key = BinaryAttribute(attr_name="sealedPrivateKey", legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")
    signs_from = InstantAttribute(attr_name="signsFrom")

    @property
    def jwk(self) -> Jwk:
        """The public half (RFC 7517)."""
        return {name: str(value) for name, value in self.public_jwk.as_dict().items()}

    @property
    def kid(self) -> str:
        """What tokens name the key by."""
        return self.jwk["kid"]

    @property
    def place(self) -> SealedPlace:
        """Where the private half is sealed for."""
        return place_of_private_key(self.sk)


class PublishedKeys:
    """The public keys by `kid`, as one container knows them: at most some minutes old."""

    def __init__(self) -> None:
        self._keys = Remembered(_by_kid)

    def all(self, now: datetime) -> dict[str, Jwk]:
        """Return every key that is published."""
        return self._keys.at(now)

    def find(self, kid: str, now: datetime) -> Jwk | None:
        """Return one key; a `kid` that is not known yet is looked up again, but not at every forger's wish."""
        return self.all(now).get(kid) or self._keys.at(now, good_for=_KNOWN_FOR_STRANGERS).get(kid)


def _by_kid(_now: datetime) -> dict[str, Jwk]:
    return {item.kid: item.jwk for item in stored_keys()}


PUBLISHED: Final = PublishedKeys()
"""What this container knows."""


def stored_keys() -> list[SigningKeyItem]:
    """Return all key pairs in the order in which they sign, private halves sealed."""
    items, _ = SigningKeyItem.query_page(SIGNING_KEYS, limit=_MOST_KEYS)
    return sorted(items, key=lambda item: item.signs_from)


def present_signer(now: datetime) -> SigningKeyItem:
    """Return the key that signs at this instant: the newest whose time has come.

    Raises:
        LookupError: the deployment has not provisioned a key.
    """
    keys = stored_keys()
    if not keys:
        message = "no signing key"
        raise LookupError(message)
    # A clock that is behind the one that made the first key signs with that key all the same.
    return next((item for item in reversed(keys) if item.signs_from <= now), keys[0])


def place_of_private_key(version: str) -> SealedPlace:
    """Return where the private half of a version is sealed for."""
    return SealedPlace(PLATFORM, "signing_key", version, "private_key")
