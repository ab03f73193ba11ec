"""Signing keys of a test's own, and warm containers that sign and verify with them by a clock of the test's own."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from nexstock.auth.permissions import Role
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import AccessClaims, verify_access_token
from nexstock.crypto.remembered import Remembered
from nexstock.crypto.signing_key_making import publish_key
from nexstock.crypto.signing_keys import PUBLISHED, PublishedKeys, SigningKeyItem, stored_keys
from nexstock.crypto.token_signer import signer_of
from nexstock.errors import Unauthenticated
from nexstock.ids import OrganizationId, SessionId, UserId, new_id
from nexstock.persistence.versions import FIRST_VERSION
from tests.support.environment import PUBLIC_BASE_URL

START: Final = datetime(2030, 1, 1, tzinfo=UTC)
"""When the first key of a test was made."""

_CLAIMS: Final = AccessClaims(
    UserId(new_id("usr", START)), OrganizationId(new_id("org", START)), Role.OWNER, SessionId(new_id("ses", START))
)


@contextlib.contextmanager
def own_signing_keys() -> Iterator[None]:
    """Have one key, made at `START`, for the block; then those from before again."""
    before = stored_keys()
    _replace(before, [])
    publish_key(FIRST_VERSION, now=START, signs_from=START)
    try:
        yield
    finally:
        _replace(stored_keys(), before)
        # This process may have looked meanwhile; it goes on like a container that starts.
        vars(PUBLISHED).update(vars(PublishedKeys()))


def kids() -> list[str]:
    """Return the keys that are stored, in the order in which they sign."""
    return [key.kid for key in stored_keys()]


class Container:
    """One warm container: what it knows of the keys, and by how much its clock differs."""

    def __init__(self, *, skew: timedelta = timedelta()) -> None:
        self._signer, self._published, self._skew = Remembered(signer_of), PublishedKeys(), skew

    def token(self, now: datetime) -> str:
        """Return a token that it issues."""
        return issue_access_token(_CLAIMS, now + self._skew, signer_at=self._signer.at)

    def accepts(self, token: str, now: datetime) -> bool:
        """Tell whether it lets a token in."""
        try:
            claims = verify_access_token(
                token, issuer=PUBLIC_BASE_URL, now=now + self._skew, find_key=self._published.find
            )
        except Unauthenticated:
            return False
        return claims == _CLAIMS


def _replace(old: list[SigningKeyItem], new: list[SigningKeyItem]) -> None:
    for key in old:
        key.delete()
    for key in new:
        key.save()
