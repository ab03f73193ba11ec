"""The platform's own secrets (peppers, hash keys), by purpose and version, sealed in the `Keys` table.

Versions never change once they are written, so a container keeps those that it has opened. The newest one is
looked up again after a while, because a rotation adds versions.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from pynamodb.attributes import BinaryAttribute

from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.persistence.keys import secret_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item

_LOOK_AGAIN_AFTER_S: Final = 300.0
_BYTES: Final = 32
_MOST_VERSIONS: Final = 10
FIRST_VERSION: Final = "V0001"


class Purpose(StrEnum):
    """What a secret is for; no secret serves two purposes."""

    PASSWORD_PEPPER = "password_pepper"  # noqa: S105 (a purpose)
    CODE_HASH = "code_hash"
    CURSOR_MAC = "cursor_mac"
    BLIND_INDEX = "blind_index"
    WEBHOOK_SIGNING = "webhook_signing"


class _SecretItem(Item):
    class Meta:
        table_name = TABLES.keys

    sealed = BinaryAttribute(legacy_encoding=False)
    created_at = InstantAttribute(attr_name="createdAt")


@dataclass(frozen=True, slots=True)
class PlatformSecret:
    """One version of a secret; `value` is 32 random bytes and never shown."""

    version: str
    created_at: datetime
    value: bytes = field(repr=False)


_opened: dict[tuple[Purpose, str], PlatformSecret] = {}
_newest: dict[Purpose, tuple[float, PlatformSecret]] = {}
_every: dict[Purpose, tuple[float, list[PlatformSecret]]] = {}


def newest_secret(purpose: Purpose) -> PlatformSecret:
    """Return the version that new values are made with.

    Raises:
        LookupError: the deployment has not provisioned its secrets.
    """
    looked_up_at, secret = _newest.get(purpose, (0.0, None))
    if secret is None or time.monotonic() - looked_up_at > _LOOK_AGAIN_AFTER_S:
        items, _ = _SecretItem.query_page(secret_partition(purpose), limit=1, newest_first=True)
        if not items:
            message = f"no secret for {purpose}"
            raise LookupError(message)
        secret = _open(purpose, items[0])
        _newest[purpose] = (time.monotonic(), secret)
    return secret


def every_secret(purpose: Purpose) -> list[PlatformSecret]:
    """Return all versions, the newest first, for what has to be found whichever version it was made with."""
    looked_up_at, known = _every.get(purpose, (0.0, []))
    if not known or time.monotonic() - looked_up_at > _LOOK_AGAIN_AFTER_S:
        items, _ = _SecretItem.query_page(secret_partition(purpose), limit=_MOST_VERSIONS, newest_first=True)
        known = [_opened.get((purpose, item.sk)) or _open(purpose, item) for item in items]
        _every[purpose] = (time.monotonic(), known)
    return known


def secret_of_version(purpose: Purpose, version: str) -> PlatformSecret:
    """Return the version that an existing value was made with.

    Raises:
        LookupError: there is no such version.
    """
    if secret := _opened.get((purpose, version)):
        return secret
    try:
        item = _SecretItem.get(secret_partition(purpose), version, consistent_read=True)
    except _SecretItem.DoesNotExist:
        message = f"no version {version} of {purpose}"
        raise LookupError(message) from None
    return _open(purpose, item)


def provision_secret(purpose: Purpose, value: bytes, now: datetime, *, version: str = FIRST_VERSION) -> bool:
    """Store a version of a secret, the first one unless told otherwise; tell whether this call did.

    A version that is there stays as it is.

    Args:
        purpose: what it is for.
        value: 32 random bytes.
        now: the present instant.
        version: `V` and four digits; the highest one is the newest.
    """
    if len(value) != _BYTES:
        message = "a secret has 32 bytes"
        raise ValueError(message)
    item = _SecretItem(secret_partition(purpose), version, sealed=seal(_place(purpose, version), value), created_at=now)
    return item.save_if(_SecretItem.pk.does_not_exist())


def _open(purpose: Purpose, item: _SecretItem) -> PlatformSecret:
    secret = PlatformSecret(item.sk, item.created_at, open_sealed(_place(purpose, item.sk), item.sealed))
    _opened[(purpose, item.sk)] = secret
    return secret


def _place(purpose: Purpose, version: str) -> SealedPlace:
    return SealedPlace(PLATFORM, "secret", purpose, version)
