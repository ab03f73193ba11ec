"""New passwords: by a mailed code for those who forgot theirs, or by the present one.

Either ends the person's other sessions, all at once: sessions that began before the change count for nothing from
the next request on, however many there are.
"""

from datetime import datetime

from nexstock.auth.passwords import hash_password, require_acceptable, verify_password
from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import FieldError, InvalidCode, InvalidRequest
from nexstock.identity import challenges, lockout
from nexstock.identity.challenges import Purpose
from nexstock.identity.people import email_owner, get_person, store_password
from nexstock.identity.schemas import ChangePassword, ResetPassword
from nexstock.identity.stored_passwords import stored_password
from nexstock.ids import UserId, stand_in_id
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
    require_acceptable(command.new_password, context=[command.email.partition("@")[0]], pointer="/newPassword")
    now = clock()
    owner = email_owner(command.email)
    challenges.redeem(owner or _nobody(command.email), Purpose.RESET_PASSWORD, command.code, now)
    if owner is None:
        raise InvalidCode
    store_password(owner, hash_password(command.new_password), now, spared=None)
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
    context = [person.email.partition("@")[0], person.name]
    require_acceptable(command.new_password, context=context, pointer="/newPassword")
    store_password(caller.user_id, hash_password(command.new_password), now, spared=caller.session_id)
    _tell(person.email, origin, now)


def _tell(email: str, origin: RequestOrigin, now: datetime) -> None:
    post(Template.PASSWORD_CHANGED, to=email, values={"at": to_rfc3339(now), "ip": origin.ip}, now=now)


def _nobody(email: str) -> UserId:
    # What is stored for an address without an owner expires within minutes.
    return UserId(stand_in_id("usr", email))
