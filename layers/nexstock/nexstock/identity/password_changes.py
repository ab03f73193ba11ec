"""New passwords: by a mailed code for those who forgot theirs, or by the present one.

Either ends the person's other sessions, all at once: sessions that began before the change count for nothing from
the next request on, however many there are.
"""

from datetime import datetime

from nexstock.auth.passwords import (
    MIN_LENGTH,
    MIN_LENGTH_WITH_SECOND_FACTOR,
    hash_password,
    require_acceptable,
    verify_password,
)
from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import FieldError, InvalidRequest
from nexstock.identity import challenges, lockout
from nexstock.identity.challenges import Purpose
from nexstock.identity.errors import InvalidCode
from nexstock.identity.items import UserItem
from nexstock.identity.people import email_owner, find_person, get_person, store_password
from nexstock.identity.schemas import ChangePassword, ResetPassword
from nexstock.identity.stored_passwords import stored_password
from nexstock.ids import SessionId, UserId, stand_in_id
from nexstock.mail.outbox import Template, post


def forgot_password(email: str, origin: RequestOrigin, *, clock: Clock = utc_now) -> None:
    """Mail a code to the address's owner; for an address without one the same work is done, and no mail sent."""
    now = clock()
    owner = email_owner(email)
    digits = challenges.issue(owner or _nobody(email), Purpose.RESET_PASSWORD, now)
    values = {"code": digits, "at": to_rfc3339(now), "ip": origin.ip}
    post(Template.RESET_PASSWORD if owner else None, to=email, values=values, now=now)


def reset_password(command: ResetPassword, origin: RequestOrigin, *, clock: Clock = utc_now) -> None:
    """Spend the mailed code for a new password; sessions end, a lock ends.

    Raises:
        InvalidRequest: the new password is not acceptable (422).
        InvalidCode: the code is not the address's (422).
    """
    # Before the code is looked at, everybody may be as short as those with a second factor: who has one is not told.
    _require_acceptable(command.new_password, [command.email], MIN_LENGTH_WITH_SECOND_FACTOR)
    now = clock()
    owner = email_owner(command.email)
    challenge = challenges.attempt(owner or _nobody(command.email), Purpose.RESET_PASSWORD, command.code, now)
    person = find_person(owner) if owner else None
    if owner is None or person is None:
        raise InvalidCode
    _require_acceptable(command.new_password, [command.email, person.name], _min_length(person))
    challenges.spend(challenge)
    _store(owner, command.new_password, now, spared=None)
    lockout.unlock(command.email)
    _tell(command.email, origin, now)


def change_password(command: ChangePassword, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Replace the present password; every other session ends.

    Raises:
        InvalidRequest: the present password is wrong, or the new one is not acceptable (422).
    """
    now = clock()
    person = get_person(caller.user_id)
    attempt = lockout.Attempt(person.email, now)
    if not attempt.is_allowed or not verify_password(command.current_password, stored_password(person)):
        attempt.failed()
        raise InvalidRequest([FieldError("/currentPassword", "is not the present password")])
    attempt.succeeded()
    _require_acceptable(command.new_password, [person.email, person.name], _min_length(person))
    _store(caller.user_id, command.new_password, now, spared=caller.session_id)
    _tell(person.email, origin, now)


def _min_length(person: UserItem) -> int:
    return MIN_LENGTH_WITH_SECOND_FACTOR if person.second_factors else MIN_LENGTH


def _require_acceptable(password: str, known: list[str], min_length: int) -> None:
    # Of an address only its local part is the person's own; a name has no "@" to cut it at.
    context = [text.partition("@")[0] for text in known]
    require_acceptable(password, context=context, pointer="/newPassword", min_length=min_length)


def _store(user_id: UserId, password: str, now: datetime, *, spared: SessionId | None) -> None:
    if not store_password(user_id, hash_password(password), now, spared=spared):
        raise InvalidRequest([FieldError("/newPassword", f"at least {MIN_LENGTH} characters")])


def _tell(email: str, origin: RequestOrigin, now: datetime) -> None:
    post(Template.PASSWORD_CHANGED, to=email, values={"at": to_rfc3339(now), "ip": origin.ip}, now=now)


def _nobody(email: str) -> UserId:
    # What is stored for an address without an owner expires within minutes.
    return UserId(stand_in_id("usr", email))
