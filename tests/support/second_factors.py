"""People with second factors, made through the routes."""

from datetime import datetime
from typing import Final

import pyotp

from nexstock.auth.step_up import HEADER, Action
from nexstock.clock import utc_now
from nexstock.identity import authenticator_apps, pending_sign_ins
from nexstock.identity.items import TotpItem
from nexstock.identity.people import get_person
from nexstock.ids import UserId
from nexstock.persistence import identity_keys
from tests.support.api import Reply, call
from tests.support.authenticators import Authenticator
from tests.support.confirmations import a_proof, caller_of
from tests.support.events import Json
from tests.support.people import ORIGIN, PASSWORD, Person, StaffedOrganization

TOTP: Final = "/v1/account/mfa/totp"
PASSKEYS: Final = "/v1/account/passkeys"


def proof(token: str, action: Action = Action.DISABLE_MFA) -> dict[str, str]:
    """Return the header with a fresh proof for an action."""
    return {HEADER: a_proof(token, action)}


def app_of(secret: str) -> pyotp.TOTP:
    """Return the authenticator app that was given a secret."""
    return pyotp.TOTP(secret)


def begun_totp(token: str) -> pyotp.TOTP:
    """Begin an authenticator app for the person of an access token and return it."""
    reply = call("POST", TOTP, token=token)
    assert reply.status == 200, reply.text
    return app_of(reply.json["secret"])


def with_totp(token: str) -> tuple[pyotp.TOTP, list[str]]:
    """Give the person of an access token an app; return it, its present code not used, and the recovery codes."""
    app, now, caller = begun_totp(token), utc_now(), caller_of(token)
    codes = authenticator_apps.confirm(app.at(now), caller=caller, origin=ORIGIN, clock=lambda: now)
    caller.tenant.transaction.commit()
    forget_last_step(caller.user_id)
    return app, codes


def waiting_sign_in(person: Person, organization: StaffedOrganization) -> str:
    """Return the token of a sign-in that waits for its second factor, without the price of a password."""
    return pending_sign_ins.begin(person.id, get_person(person.id), organization.id, utc_now()).token


def forget_last_step(user_id: UserId) -> None:
    """Make the app's present code good again, as if half a minute had passed."""
    TotpItem(identity_keys.user_partition(user_id), identity_keys.TOTP).update([TotpItem.last_step.set(0)])


def with_passkey(token: str, authenticator: Authenticator | None = None) -> tuple[Authenticator, Json]:
    """Give the person of an access token a passkey; return what holds it, and the answer of the API."""
    device = authenticator or Authenticator()
    reply = add_passkey(token, device)
    assert reply.status == 201, reply.text
    return device, reply.json


def add_passkey(token: str, device: Authenticator) -> Reply:
    """Have an authenticator make a passkey for the person of an access token and send it."""
    body = a_new_passkey(token, device)
    return call("POST", PASSKEYS, token=token, body=body, headers=proof(token, Action.ADD_PASSKEY))


def a_new_passkey(token: str, device: Authenticator) -> Json:
    """Have an authenticator make a passkey for the person of an access token and return what is to be sent."""
    options = call("POST", f"{PASSKEYS}/options", token=token).json
    return {"name": "Laptop", "credential": device.made(options)}


def log_in(email: str, password: str = PASSWORD) -> Reply:
    """Sign in with a password."""
    return call("POST", "/v1/auth/login", body={"email": email, "password": password})


def mfa_token(email: str, password: str = PASSWORD) -> str:
    """Return the token that a right password gives to who has a second factor."""
    reply = log_in(email, password)
    assert (reply.status, reply.json.get("mfaRequired")) == (200, True), reply.text
    return str(reply.json["mfaToken"])


def second_step(token: str, code: str) -> Reply:
    """Send a code for a sign-in whose password was right."""
    return call("POST", "/v1/auth/login/mfa", body={"mfaToken": token, "code": code})


def request_options() -> Json:
    """Return what a browser is given to have a passkey used."""
    options: Json = call("POST", "/v1/auth/passkeys/options").json
    return options


def sign_in_with(credential: Json) -> Reply:
    """Sign in with a passkey's answer alone."""
    return call("POST", "/v1/auth/passkeys", body={"credential": credential, "refreshTokenDelivery": "body"})


def a_wrong_code(app: pyotp.TOTP, at: datetime | None = None) -> str:
    """Return six digits that are none of the app's codes around an instant."""
    now = at or utc_now()
    good = {app.at(now, counter_offset=offset) for offset in range(-2, 3)}
    return next(f"{digits:06d}" for digits in range(6) if f"{digits:06d}" not in good)
