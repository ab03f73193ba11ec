"""The platform's own secrets get successors, and go when nothing is read with them any more.

Safe to run at any time, any number of times at once: a version is stored on condition that it is not there, and what
is removed stays removed (docs/adr/0024-secrets-age-out.md).
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from nexstock.crypto.lifetimes import CURSORS_LIVE, OVERLAP, PUBLISHED_AHEAD
from nexstock.crypto.platform_secrets import KNOWN_AFTER, provision_secret
from nexstock.crypto.stored_secrets import Purpose, SecretVersion, remove_secret, stored_versions

_STAYS_BESIDE_SUCCESSOR: Final[Mapping[Purpose, timedelta]] = {
    Purpose.CURSOR_MAC: CURSORS_LIVE + 2 * KNOWN_AFTER,
    Purpose.WEBHOOK_SIGNING: PUBLISHED_AHEAD + OVERLAP + KNOWN_AFTER,
}
"""Until nothing is read or signed with a version; a container uses the one before for up to twice `KNOWN_AFTER`.

Peppers and the keys of codes are not here: passwords and recovery codes have no end, and each names its version. The
blind index's go when every customer is indexed anew (customers/reindexing.py).
"""


def add_successor(purpose: Purpose, *, max_age: timedelta, now: datetime) -> bool:
    """Store the next version of a secret whose newest one has the age; tell whether this call did.

    A version that containers may not know yet gets no successor, whatever the age that is asked for.
    """
    newest = newest_stored(purpose)
    if now - newest.created_at < max(max_age, KNOWN_AFTER):
        return False
    return provision_secret(purpose, secrets.token_bytes(32), now, version=newest.following)


def newest_stored(purpose: Purpose) -> SecretVersion:
    """Return the newest version, whether it is in use by now or not.

    Raises:
        LookupError: the deployment has not provisioned its secrets.
    """
    versions = stored_versions(purpose)
    if not versions:
        message = f"no secret for {purpose}"
        raise LookupError(message)
    return versions[0]


def remove_past(purpose: Purpose, now: datetime) -> list[str]:
    """Remove the versions that nothing is read or signed with any more, and return them."""
    past = _past(purpose, stored_versions(purpose), now)
    for version in past:
        remove_secret(purpose, version)
    return past


def _past(purpose: Purpose, versions: Sequence[SecretVersion], now: datetime) -> list[str]:
    stays = _STAYS_BESIDE_SUCCESSOR.get(purpose)
    if stays is None:
        return []
    # The oldest first: were one of them left behind a removed one, it would count as the first there ever was.
    return [
        older.version for successor, older in reversed(list(pairwise(versions))) if successor.created_at + stays <= now
    ]
