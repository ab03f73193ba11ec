"""Signing in with more than a password: the second step after a right one, or a passkey, which is two factors itself.

Of a person with a second factor no pathway opens a session without it, whatever the password's history. Codes are
counted over all sign-ins of a person, so knowing the password buys no more than five guesses before a lock that doubles
each time; that lock takes nobody's password, and reaches no session. ASVS 6.3.3, 6.3.4, 6.6.3.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from nexstock.auth.principals import RequestOrigin
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity import authenticator_apps, lockout, pending_sign_ins, recovery_codes
from nexstock.identity.codes import is_digits
from nexstock.identity.items import UserItem
from nexstock.identity.memberships import memberships_of
from nexstock.identity.mfa_schemas import LogInWithPasskey, LogInWithSecondFactor, UsedCredential
from nexstock.identity.passkey_sign_ins import use_passkey
from nexstock.identity.people import get_person
from nexstock.identity.sign_in import SignedIn, Way, chosen, enter
from nexstock.ids import UserId
from nexstock.mail.outbox import Template, post
from nexstock.persistence.transaction import Transaction
from nexstock.security_events.telling import tell_of_failed_sign_in

_NOT_PROVEN = "The second factor is not right, or the sign-in has to begin again"


def log_in_with_second_factor(
    command: LogInWithSecondFactor, origin: RequestOrigin, *, clock: Clock = utc_now
) -> SignedIn:
    """Open the session of a sign-in whose password was right.

    Raises:
        Unauthenticated: a wrong or used factor, or a sign-in that ended (401); it does not say which.
    """
    now = clock()
    try:
        return _completed(command, origin, now)
    except Unauthenticated:
        # From wherever it comes, one answer: the parts differ in what they know.
        raise Unauthenticated(_NOT_PROVEN) from None


def log_in_with_passkey(command: LogInWithPasskey, origin: RequestOrigin, *, clock: Clock = utc_now) -> SignedIn:
    """Open a session for whom a passkey proves.

    Raises:
        Unauthenticated: nobody, or nobody of the wanted organization (401).
        NoOrganization: the person belongs to no organization any more (403).
    """
    now = clock()
    used = use_passkey(command.credential, origin, now)
    membership = chosen(memberships_of(used.user_id, used.person.organization_ids), command.organization_id)
    transaction = Transaction()
    used.stage(transaction, now)
    transaction.commit()
    return enter(used.user_id, membership, origin, now, way=Way.PASSKEY)


@dataclass(frozen=True, slots=True)
class _Step:
    """The second step of one sign-in: whose, from where, and what it writes."""

    user_id: UserId
    person: UserItem
    origin: RequestOrigin
    now: datetime
    transaction: Transaction = field(default_factory=Transaction)

    def notice(self, template: Template, **values: str) -> None:
        """Queue a mail to the person about this step."""
        where = {"name": self.person.name, "at": to_rfc3339(self.now), "ip": self.origin.ip}
        post(template, to=self.person.email, values={**where, **values}, now=self.now)


def _completed(command: LogInWithSecondFactor, origin: RequestOrigin, now: datetime) -> SignedIn:
    pending = pending_sign_ins.attempt(command.mfa_token, now)
    user_id = UserId(pending.user_id)
    step = _Step(user_id, get_person(user_id), origin, now)
    # A new password ends what the old one began.
    if not step.person.admits("", pending.began_at):
        raise Unauthenticated
    membership = chosen(memberships_of(user_id, [pending.organization_id]), None)
    pending_sign_ins.stage_end(pending, step.transaction)
    if command.credential is None:
        _spend_code(step, command.code or "")
    else:
        _spend_passkey(step, command.credential)
    return enter(user_id, membership, origin, now, way=Way.SECOND_FACTOR)


def _spend_passkey(step: _Step, credential: UsedCredential) -> None:
    used = use_passkey(credential, step.origin, step.now)
    if used.user_id != step.user_id:
        raise Unauthenticated
    used.stage(step.transaction, step.now)
    step.transaction.commit()


def _spend_code(step: _Step, code: str) -> None:
    attempt = lockout.Attempt(step.user_id, step.now)
    if not (attempt.is_allowed and _stage_code(step, code) and _commits(step.transaction)):
        if attempt.is_allowed:
            tell_of_failed_sign_in(step.person.email, step.origin, step.now, by=Way.SECOND_FACTOR)
        locked_for = attempt.failed()
        if locked_for is not None:
            minutes = str(int(locked_for.total_seconds()) // 60)
            step.notice(Template.MFA_LOCKED, failures=str(lockout.MAX_FAILURES), minutes=minutes)
        raise Unauthenticated
    attempt.succeeded()


def _stage_code(step: _Step, code: str) -> bool:
    if is_digits(code):
        return authenticator_apps.stage_use(step.user_id, code, step.transaction, step.now)
    left = recovery_codes.stage_use(step.user_id, code, step.transaction)
    if left is None:
        return False
    step.transaction.after_commit(partial(step.notice, Template.RECOVERY_CODE_USED, left=str(left)))
    return True


def _commits(transaction: Transaction) -> bool:
    # Refused: somebody else was faster with the same code, or with the same sign-in.
    try:
        transaction.commit()
    except Unauthenticated:
        return False
    return True
