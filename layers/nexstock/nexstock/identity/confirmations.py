"""Confirming an action: the person is mailed a code, and the code buys the proof that the action needs.

The code is bound to the person, the action and the session that asked, so a code that somebody else talked the person
into reading out is good in the person's own session only.
"""

from typing import Final

from nexstock.auth import step_up
from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.auth.step_up import Action
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.identity import challenges
from nexstock.identity.challenges import Purpose
from nexstock.identity.people import get_person
from nexstock.identity.schemas import ConfirmStepUp, StepUpView
from nexstock.mail.outbox import Template, post

_IN_WORDS: Final = {
    Action.ADD_PASSKEY: "add a passkey, which signs in to your account without your password",
    Action.CHANGE_EMAIL: "move your account to another e-mail address",
    Action.DELETE_ACCOUNT: "delete your account",
    Action.DELETE_ORGANIZATION: "delete your organization and all that it keeps here",
    Action.DISABLE_MFA: "remove a second factor, or replace its recovery codes",
    Action.TRANSFER_OWNERSHIP: "hand your organization over to another member",
}


def request_step_up(action: Action, *, caller: Caller, origin: RequestOrigin, clock: Clock = utc_now) -> None:
    """Mail the caller a code for an action; an earlier code for it ends."""
    now = clock()
    person = get_person(caller.user_id)
    digits = challenges.issue(caller.user_id, _purpose(action, caller), now)
    values = {
        "name": person.name,
        "action": _IN_WORDS[action],
        "code": digits,
        "at": to_rfc3339(now),
        "ip": origin.ip,
    }
    post(Template.STEP_UP, to=person.email, values=values, now=now)


def confirm_step_up(command: ConfirmStepUp, *, caller: Caller, clock: Clock = utc_now) -> StepUpView:
    """Spend the code for a proof.

    Raises:
        InvalidCode: not the newest code of this session for this action (422).
    """
    now = clock()
    challenges.redeem(caller.user_id, _purpose(command.action, caller), command.code, now)
    proof = step_up.grant(command.action, caller, now)
    return StepUpView(proof=proof, expires_in=int(step_up.LIFETIME.total_seconds()))


def _purpose(action: Action, caller: Caller) -> str:
    return Purpose.STEP_UP.within(action, caller.session_id or "")
