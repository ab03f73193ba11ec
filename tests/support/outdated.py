"""Password hashes as they were made before the cost or the pepper changed."""

import base64
import hashlib
import hmac
import secrets
from typing import Final

import bcrypt

from nexstock.auth.passwords import COST, PasswordHash
from nexstock.clock import utc_now
from nexstock.crypto.platform_secrets import provision_secret, secret_of_version
from nexstock.crypto.stored_secrets import Purpose
from nexstock.identity.items import UserItem
from nexstock.ids import UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.versions import FIRST_VERSION

OLD_PEPPER: Final = "V0000"
"""A version before the newest one, so that nobody else's password is out of date because of it."""


def an_old_hash(password: str, *, cost: int = COST, pepper_version: str = FIRST_VERSION) -> PasswordHash:
    """Return the hash of a password under another cost or pepper than the present one; `V0000` is made if need be."""
    if pepper_version == OLD_PEPPER:
        provision_secret(Purpose.PASSWORD_PEPPER, secrets.token_bytes(32), utc_now(), version=OLD_PEPPER)
    pepper = secret_of_version(Purpose.PASSWORD_PEPPER, pepper_version).value
    peppered = base64.b64encode(hmac.new(pepper, password.encode(), hashlib.sha256).digest())
    return PasswordHash(bcrypt.hashpw(peppered, bcrypt.gensalt(cost)).decode(), pepper_version)


def stored_hash(user_id: UserId) -> PasswordHash:
    """Return what is stored of a person's password."""
    person = UserItem.get(identity_keys.user_partition(user_id), identity_keys.PROFILE, consistent_read=True)
    return PasswordHash(person.password_hash, person.pepper_version)


def store_hash(user_id: UserId, password: PasswordHash) -> None:
    """Store a hash with a person, and touch nothing else."""
    person = UserItem(identity_keys.user_partition(user_id), identity_keys.PROFILE)
    person.update(
        [UserItem.password_hash.set(password.value), UserItem.pepper_version.set(password.pepper_version)],
        condition=UserItem.pk.exists(),
    )
