"""People in the table: found by id or by address, given new passwords."""

from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.exceptions import DoesNotExist

from nexstock.errors import Unauthenticated
from nexstock.identity.items import EmailOwnerItem, UserItem
from nexstock.ids import SessionId, UserId
from nexstock.persistence import keys
from nexstock.persistence.tables import conditional_update

if TYPE_CHECKING:
    # Hashing loads cryptography, which whoever only finds people can do without.
    from pynamodb.expressions.update import Action

    from nexstock.auth.passwords import PasswordHash


def find_person(user_id: UserId) -> UserItem | None:
    """Return a person, if there is one with this id."""
    try:
        return UserItem.get(keys.user_partition(user_id), keys.PROFILE, consistent_read=True)
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


def email_owner(email: str) -> UserId | None:
    """Return whom an address belongs to, if to anyone."""
    try:
        item = EmailOwnerItem.get(keys.email_partition(email), keys.OWNER, consistent_read=True)
    except DoesNotExist:
        return None
    return UserId(item.user_id)


def store_password(user_id: UserId, password: "PasswordHash", now: datetime, *, spared: SessionId | None) -> None:
    """Replace a person's password and, in the same write, end all their sessions but the spared one."""
    actions: list[Action] = [
        UserItem.password_hash.set(password.value),
        UserItem.pepper_version.set(password.pepper_version),
        UserItem.sessions_since.set(now),
        UserItem.spared_session.set(spared) if spared else UserItem.spared_session.remove(),
    ]
    conditional_update(UserItem(keys.user_partition(user_id), keys.PROFILE), actions, UserItem.pk.exists())


def renew_hash(user_id: UserId, present: "PasswordHash", renewed: "PasswordHash") -> bool:
    """Replace the hash of a password by another one of the same password; tell whether it was still that password's.

    Sessions go on, and a password that was changed meanwhile stays.
    """
    actions: list[Action] = [
        UserItem.password_hash.set(renewed.value),
        UserItem.pepper_version.set(renewed.pepper_version),
    ]
    same = UserItem.password_hash == present.value
    return conditional_update(UserItem(keys.user_partition(user_id), keys.PROFILE), actions, same).held
