"""The platform's own secrets (peppers, hash keys), by purpose and version, sealed in the `Keys` table.

Versions never change once they are written, so a container keeps those that it has opened. Which ones there are is
looked up again after a while, because a rotation adds versions and removes them. A new version is stored some time
before anything is made with it, so that no container meets what it cannot read yet
(docs/adr/0024-secrets-age-out.md).
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pynamodb.exceptions import DoesNotExist

from nexstock.clock import Clock, utc_now
from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.crypto.stored_secrets import Purpose, SecretItem, read_versions
from nexstock.persistence.keys import secret_partition
from nexstock.persistence.versions import FIRST_VERSION

KNOWN_AFTER: Final = timedelta(minutes=15)
"""By then every container has looked for new versions, with clocks that differ by minutes."""

_LOOK_AGAIN_AFTER_S: Final = 300.0
_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class PlatformSecret:
    """One version of a secret; `value` is 32 random bytes and never shown."""

    version: str
    created_at: datetime
    value: bytes = field(repr=False)


_opened: dict[tuple[Purpose, str], PlatformSecret] = {}
_looked_up: dict[Purpose, tuple[float, list[SecretItem]]] = {}


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
        item = SecretItem.get(secret_partition(purpose), version, consistent_read=True)
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
    item = SecretItem(secret_partition(purpose), version, sealed=seal(_place(purpose, version), value), created_at=now)
    return item.save_if(SecretItem.pk.does_not_exist())


def _known_versions(purpose: Purpose) -> list[SecretItem]:
    looked_up_at, known = _looked_up.get(purpose, (0.0, []))
    if not known or time.monotonic() - looked_up_at > _LOOK_AGAIN_AFTER_S:
        known = read_versions(purpose)
        _looked_up[purpose] = (time.monotonic(), known)
    return known


def _open(purpose: Purpose, item: SecretItem) -> PlatformSecret:
    if secret := _opened.get((purpose, item.sk)):
        return secret
    secret = PlatformSecret(item.sk, item.created_at, open_sealed(_place(purpose, item.sk), item.sealed))
    _opened[(purpose, item.sk)] = secret
    return secret


def _place(purpose: Purpose, version: str) -> SealedPlace:
    return SealedPlace(PLATFORM, "secret", purpose, version)
