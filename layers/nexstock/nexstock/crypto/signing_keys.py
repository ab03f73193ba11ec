"""The keys that access tokens are signed with: P-256, several at once, each with its own `kid`.

The public half stands in the `Keys` table in clear, for whoever verifies; the private half is sealed. A key is
published before it signs and stays published until the last token that it signed has ended.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, MapAttribute

from nexstock.persistence.keys import SIGNING_KEYS
from nexstock.persistence.tables import TABLES, InstantAttribute, Item

_LOOK_AGAIN_AFTER_S: Final = 300.0
_LOOK_AGAIN_FOR_UNKNOWN_S: Final = 10.0
_MOST_KEYS: Final = 20

Jwk = dict[str, str]


class SigningKeyItem(Item):
    """One key pair; the sort key is its `kid`."""

    class Meta:
        """The platform's keys."""

        table_name = TABLES.keys

    public_jwk: MapAttribute[str, Any] = MapAttribute(attr_name="publicJwk")
    sealed_private_key = BinaryAttribute(attr_name="sealedPrivateKey", legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")
    signs_from = InstantAttribute(attr_name="signsFrom")


@dataclass(slots=True)
class _Published:
    keys: dict[str, Jwk] = field(default_factory=dict)
    looked_up_at: float = float("-inf")


_published = _Published()


def published_keys() -> dict[str, Jwk]:
    """Return the public keys by `kid`, at most some minutes old."""
    if time.monotonic() - _published.looked_up_at > _LOOK_AGAIN_AFTER_S:
        _look_up()
    return _published.keys


def published_key(kid: str) -> Jwk | None:
    """Return one public key; a `kid` that is not known yet is looked up again, but not at every forger's wish."""
    keys = published_keys()
    if kid not in keys and time.monotonic() - _published.looked_up_at > _LOOK_AGAIN_FOR_UNKNOWN_S:
        _look_up()
    return _published.keys.get(kid)


def stored_keys() -> list[SigningKeyItem]:
    """Return all key pairs, private halves sealed."""
    items, _ = SigningKeyItem.query_page(SIGNING_KEYS, limit=_MOST_KEYS, newest_first=True)
    return items


def present_signer(now: datetime) -> SigningKeyItem:
    """Return the key that signs at this instant: the newest whose time has come.

    Raises:
        LookupError: the deployment has not provisioned a key.
    """
    signing = [item for item in stored_keys() if item.signs_from <= now]
    if not signing:
        message = "no signing key"
        raise LookupError(message)
    return max(signing, key=lambda item: item.signs_from)


def _look_up() -> None:
    _published.keys = {
        item.sk: {name: str(value) for name, value in item.public_jwk.as_dict().items()} for item in stored_keys()
    }
    _published.looked_up_at = time.monotonic()
