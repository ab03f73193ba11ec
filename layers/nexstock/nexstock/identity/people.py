"""People in the table: found by id or by address, given new passwords."""

from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist

from nexstock.errors import Unauthenticated
from nexstock.identity.items import EmailOwnerItem, RecoveryCodesItem, UserItem
from nexstock.ids import SessionId, UserId
from nexstock.persistence import identity_keys
from nexstock.persistence.tables import conditional_update

if TYPE_CHECKING:
    # Hashing loads cryptography, which whoever only finds people can do without.
    from pynamodb.expressions.update import Action

    from nexstock.auth.passwords import PasswordHash


def find_person(user_id: UserId) -> UserItem | None:
    """Return a person, if there is one with this id."""
    try:
        return UserItem.get(identity_keys.user_partition(user_id), identity_keys.PROFILE, consistent_read=True)
    except DoesNotExist:
        return None


def get_person(user_id: UserId) -> UserItem:
    """Return the person behind a session.

    Raises:
        Unauthenticated: their account was deleted a moment ago (401).
    """
    person = find_person(user_id)
    if person is None:
        raise Unauthenticated
    return person


def find_recovery_codes(user_id: UserId) -> RecoveryCodesItem | None:
    """Return what is stored of a person's recovery codes, if they ever had any."""
    try:
        return RecoveryCodesItem.get(
            identity_keys.user_partition(user_id), identity_keys.RECOVERY_CODES, consistent_read=True
        )
    except DoesNotExist:
        return None


def recovery_codes_left(user_id: UserId) -> int:
    """Return how many recovery codes a person has not used yet."""
    item = find_recovery_codes(user_id)
    return len(item.digests or ()) if item else 0


def email_owner(email: str) -> UserId | None:
    """Return whom an address belongs to, if to anyone."""
    try:
        item = EmailOwnerItem.get(identity_keys.email_partition(email), identity_keys.OWNER, consistent_read=True)
    except DoesNotExist:
        return None
    return UserId(item.user_id)


def ending_sessions(now: datetime, *, spared: SessionId | None) -> "list[Action]":
    """Return what ends all sessions of a person but the spared one, to be done in one write with its reason."""
    return [
        UserItem.sessions_since.set(now),
        UserItem.spared_session.set(spared) if spared else UserItem.spared_session.remove(),
    ]


def store_password(user_id: UserId, password: "PasswordHash", now: datetime, *, spared: SessionId | None) -> bool:
    """Replace a person's password and, in the same write, end all their sessions but the spared one.

    Returns:
        Whether it was done: a short password is not stored for somebody whose last second factor just went.
    """
    actions: list[Action] = [
        UserItem.password_hash.set(password.value),
        UserItem.pepper_version.set(password.pepper_version),
        UserItem.short_password.set(True) if password.is_short else UserItem.short_password.remove(),
        *ending_sessions(now, spared=spared),
    ]
    condition = UserItem.pk.exists()
    if password.is_short:
        condition &= UserItem.has_totp.exists() | (UserItem.passkeys > 0)
    return conditional_update(
        UserItem(identity_keys.user_partition(user_id), identity_keys.PROFILE), actions, condition
    ).held


def renew_hash(user_id: UserId, present: "PasswordHash", renewed: "PasswordHash") -> bool:
    """Replace the hash of a password by another one of the same password; tell whether it was still that password's.

    Sessions go on, and a password that was changed meanwhile stays.
    """
    actions: list[Action] = [
        UserItem.password_hash.set(renewed.value),
        UserItem.pepper_version.set(renewed.pepper_version),
    ]
    same = UserItem.password_hash == present.value
    return conditional_update(
        UserItem(identity_keys.user_partition(user_id), identity_keys.PROFILE), actions, same
    ).held
