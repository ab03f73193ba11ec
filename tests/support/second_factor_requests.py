"""What requests about second factors need: people with an app or a passkey, and what their devices answer."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nexstock.auth.permissions import Role
from tests.support.authenticators import Authenticator
from tests.support.confirmations import is_good
from tests.support.events import Json
from tests.support.people import StaffedOrganization, add_person
from tests.support.second_factors import (
    a_new_passkey,
    begun_totp,
    request_options,
    waiting_sign_in,
    with_passkey,
    with_totp,
)


def a_passkey(organization: StaffedOrganization, token: str | None = None) -> str:
    """Give the person of an access token, or a new one, a passkey and return its id."""
    good = token if token and is_good(token) else add_person(organization, Role.MEMBER).token
    return str(with_passkey(good)[1]["id"])


def _second_step(organization: StaffedOrganization) -> Json:
    person = add_person(organization, Role.MEMBER)
    app, _ = with_totp(person.token)
    return {"mfaToken": waiting_sign_in(person, organization), "code": app.now()}


def _passkey_sign_in(organization: StaffedOrganization) -> Json:
    device, _ = with_passkey(add_person(organization, Role.MEMBER).token)
    return {"credential": device.used(request_options())}


BODIES: Final[Mapping[tuple[str, str], Callable[[StaffedOrganization], Any]]] = {
    ("POST", "/v1/auth/login/mfa"): _second_step,
    ("POST", "/v1/auth/passkeys"): _passkey_sign_in,
}

BODIES_OF_A_PERSON: Final[Mapping[tuple[str, str], Callable[[str], Json]]] = {
    ("POST", "/v1/account/mfa/totp/confirm"): lambda token: {"code": begun_totp(token).now()},
    ("POST", "/v1/account/passkeys"): lambda token: a_new_passkey(token, Authenticator()),
}
"""What holds an answer of the caller's own device."""
