"""Second factors as a whole: what the beginning and the end of one do to the person who has them.

The person's item says which kinds there are, so that a sign-in knows without another read. It changes in one
transaction with the factor itself, on the condition that it is as it was read: no two changes at once can both take
themselves for the first factor, or the last one. Either ends the person's other sessions. ASVS 6.3.7, 7.4.3.
"""

from datetime import datetime
from enum import StrEnum
from functools import partial

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as UpdateAction

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.clock import to_rfc3339
from nexstock.identity.errors import PasswordTooShort
from nexstock.identity.items import RecoveryCodesItem, UserItem
from nexstock.identity.people import ending_sessions
from nexstock.mail.outbox import Template, post
from nexstock.persistence import identity_keys
from nexstock.persistence.tenant_items import changed_meanwhile
from nexstock.security_events.model import SecurityAction, Subject
from nexstock.security_events.staging import stage_event


class Factor(StrEnum):
    """The kinds of second factors, as a person reads them in a mail."""

    TOTP = "an authenticator app"
    PASSKEY = "a passkey"


def stage_begin(factor: Factor, person: UserItem, *, caller: Caller, origin: RequestOrigin, now: datetime) -> None:
    """Stage that the caller has a factor more, and the notice of it."""
    added = UserItem.has_totp.set(True) if factor is Factor.TOTP else UserItem.passkeys.add(1)
    _stage(person, added, _as_read(person), caller, now)
    _stage_record(SecurityAction.SECOND_FACTOR_ADDED, factor, caller, now)
    _stage_notice(Template.MFA_ENABLED, factor, person, caller, origin, now)


def stage_end(factor: Factor, person: UserItem, *, caller: Caller, origin: RequestOrigin, now: datetime) -> None:
    """Stage that the caller has a factor less, and the notice of it; the last one takes the recovery codes along.

    Raises:
        PasswordTooShort: it is the last one, and the password is too short to stand alone (409).
    """
    unchanged = _as_read(person)
    if int(bool(person.has_totp)) + int(person.passkeys) == 1:
        if person.short_password:
            detail = "The password is shorter than passwords without a second factor have to be; change it first"
            raise PasswordTooShort(detail)
        unchanged &= UserItem.short_password.does_not_exist()
        codes = RecoveryCodesItem(person.pk, identity_keys.RECOVERY_CODES)
        condition = RecoveryCodesItem.are_no_newer(now)
        caller.tenant.transaction.delete(codes, condition=condition, refusal=changed_meanwhile)
    removed = UserItem.has_totp.remove() if factor is Factor.TOTP else UserItem.passkeys.add(-1)
    _stage(person, removed, unchanged, caller, now)
    _stage_record(SecurityAction.SECOND_FACTOR_REMOVED, factor, caller, now)
    _stage_notice(Template.MFA_DISABLED, factor, person, caller, origin, now)


def _stage(person: UserItem, change: UpdateAction, condition: Condition, caller: Caller, now: datetime) -> None:
    caller.tenant.transaction.update(
        UserItem(person.pk, identity_keys.PROFILE),
        [change, UserItem.version.add(1), *ending_sessions(now, spared=caller.session_id)],
        condition=condition,
        refusal=changed_meanwhile,
    )


def _stage_record(action: SecurityAction, factor: Factor, caller: Caller, now: datetime) -> None:
    stage_event(action, Subject("member", caller.user_id), tenant=caller.tenant, now=now, factor=factor.name.lower())


def _as_read(person: UserItem) -> Condition:
    totp = UserItem.has_totp.exists() if person.has_totp else UserItem.has_totp.does_not_exist()
    passkeys = UserItem.passkeys == person.passkeys
    if not person.passkeys:
        passkeys |= UserItem.passkeys.does_not_exist()
    unchanged: Condition = UserItem.pk.exists() & totp & passkeys
    return unchanged


def _stage_notice(  # noqa: PLR0913 (which mail, and all that it says)
    template: Template, factor: Factor, person: UserItem, caller: Caller, origin: RequestOrigin, now: datetime
) -> None:
    values = {"name": person.name, "factor": factor.value, "at": to_rfc3339(now), "ip": origin.ip}
    caller.tenant.transaction.after_commit(partial(post, template, to=person.email, values=values, now=now))
