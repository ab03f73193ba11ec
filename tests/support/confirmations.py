"""Codes and proofs of a signed-in person, made the way the routes make them, without the mail."""

from nexstock.auth import step_up
from nexstock.auth.credentials import authenticate
from nexstock.auth.principals import Caller
from nexstock.auth.step_up import Action
from nexstock.clock import utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity import challenges
from nexstock.identity.challenges import Purpose
from nexstock.persistence.transaction import Transaction
from tests.support.people import ORIGIN, an_email


def caller_of(token: str) -> Caller:
    """Return the caller that a credential stands for."""
    return authenticate(token, utc_now(), ORIGIN.ip).as_caller(ORIGIN, Transaction())


def a_proof(token: str, action: Action) -> str:
    """Return a proof for an action of the session that an access token belongs to."""
    return step_up.grant(action, caller_of(token), utc_now())


def is_good(token: str) -> bool:
    """Tell whether a credential is a signed-in person's."""
    try:
        return caller_of(token).session_id is not None
    except Unauthenticated:
        return False


def step_up_headers(action: Action | None, token: str | None) -> dict[str, str]:
    """Return what a request needs beside its token, if its operation asks for a proof and somebody can have one."""
    if action is None or token is None:
        return {}
    try:
        caller = caller_of(token)
    except Unauthenticated:
        return {}
    return {step_up.HEADER: step_up.grant(action, caller, utc_now())} if caller.session_id else {}


def a_step_up_code(token: str, action: Action) -> str:
    """Return the code that the person was mailed for an action."""
    caller = caller_of(token)
    return challenges.issue(caller.user_id, Purpose.STEP_UP.within(action, caller.session_id or ""), utc_now())


def an_email_code(token: str, new_email: str | None = None) -> str:
    """Return the code that a person's new address was mailed."""
    address = new_email or an_email()
    return challenges.issue(caller_of(token).user_id, Purpose.CHANGE_EMAIL, utc_now(), address=address)
