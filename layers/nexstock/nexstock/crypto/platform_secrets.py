"""The platform's own secrets (peppers, hash keys), by purpose and version, sealed in the `Keys` table.

Versions never change once they are written, so a container keeps those that it has opened. Which ones there are is
looked up again after a while, because a rotation adds versions and removes them. A new version is stored some time
before anything is made with it, so that no container meets what it cannot read yet
(docs/adr/0024-secrets-age-out.md).
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from pynamodb.attributes import BinaryAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.clock import Clock, utc_now
from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.persistence.keys import secret_partition
from nexstock.persistence.tables import TABLES, InstantAttribute, Item
from nexstock.persistence.versions import FIRST_VERSION, version_after

KNOWN_AFTER: Final = timedelta(minutes=15)
"""By then every container has looked for new versions, with clocks that differ by minutes."""

_LOOK_AGAIN_AFTER_S: Final = 300.0
_BYTES: Final = 32
_MOST_VERSIONS: Final = 10


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


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """That there is a version of a secret, and since when; its value stays sealed."""

    version: str
    created_at: datetime

    @property
    def following(self) -> str:
        """The name of the version after this one."""
        return version_after(self.version)


_opened: dict[tuple[Purpose, str], PlatformSecret] = {}
_looked_up: dict[Purpose, tuple[float, list[_SecretItem]]] = {}


def newest_secret(purpose: Purpose, *, clock: Clock = utc_now) -> PlatformSecret:
    """Return the version that new values are made with: the newest one that every container knows by now.

    Raises:
        LookupError: the deployment has not provisioned its secrets.
    """
    known = _known_versions(purpose)
    if not known:
        message = f"no secret for {purpose}"
        raise LookupError(message)
    in_use = (item for item in known if item.created_at + KNOWN_AFTER <= clock())
    # The first secret of a deployment serves at once: there is nobody who knows another one.
    return _open(purpose, next(in_use, known[-1]))


def every_secret(purpose: Purpose) -> list[PlatformSecret]:
    """Return all versions, the newest first, for what has to be found whichever version it was made with."""
    return [_open(purpose, item) for item in _known_versions(purpose)]


def secret_of_version(purpose: Purpose, version: str) -> PlatformSecret:
    """Return the version that an existing value was made with.

    Raises:
        LookupError: there is no such version.
    """
    if secret := _opened.get((purpose, version)):
        return secret
    try:
        item = _SecretItem.get(secret_partition(purpose), version, consistent_read=True)
    except DoesNotExist:
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


def stored_versions(purpose: Purpose) -> list[SecretVersion]:
    """Return which versions there are now, the newest first; none is opened."""
    return [SecretVersion(item.sk, item.created_at) for item in _read_versions(purpose)]


def remove_secret(purpose: Purpose, version: str) -> None:
    """Remove a version that nothing is read with any more; one that is gone stays gone."""
    _SecretItem(secret_partition(purpose), version).delete_if(_SecretItem.pk.exists())


def _known_versions(purpose: Purpose) -> list[_SecretItem]:
    looked_up_at, known = _looked_up.get(purpose, (0.0, []))
    if not known or time.monotonic() - looked_up_at > _LOOK_AGAIN_AFTER_S:
        known = _read_versions(purpose)
        _looked_up[purpose] = (time.monotonic(), known)
    return known


def _read_versions(purpose: Purpose) -> list[_SecretItem]:
    items, _ = _SecretItem.query_page(secret_partition(purpose), limit=_MOST_VERSIONS, newest_first=True)
    return items


def _open(purpose: Purpose, item: _SecretItem) -> PlatformSecret:
    if secret := _opened.get((purpose, item.sk)):
        return secret
    secret = PlatformSecret(item.sk, item.created_at, open_sealed(_place(purpose, item.sk), item.sealed))
    _opened[(purpose, item.sk)] = secret
    return secret


def _place(purpose: Purpose, version: str) -> SealedPlace:
    return SealedPlace(PLATFORM, "secret", purpose, version)
