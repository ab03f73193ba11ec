"""Who may do what: every route, with every kind of caller.

The verdicts are written down here and not taken from the code, so that no change of the permission matrix, of a
handler's requirement or of the template passes unseen.
"""

import secrets
from typing import Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.permissions import Role
from nexstock.auth.tokens import AccessClaims, token_claims
from nexstock.clock import utc_now
from nexstock.ids import ApiKeyId, new_id
from tests.support import environment
from tests.support.api import call
from tests.support.people import StaffedOrganization, add_person
from tests.support.requests import MISSING, Route, a_body, a_path, a_token, filled, operation_of, send
from tests.support.templates import routes

PUBLIC: Final = "public"
PERSON: Final = "person"
READ: Final = "read"
WRITE: Final = "write"
ADMIN: Final = "admin"
OWNER: Final = "owner"

REQUIRED: Final[dict[Route, str]] = {
    ("GET", "/.well-known/jwks.json"): PUBLIC,
    ("GET", "/.well-known/security.txt"): PUBLIC,
    ("GET", "/v1/health"): PUBLIC,
    ("GET", "/v1/openapi.json"): PUBLIC,
    ("POST", "/v1/auth/register"): PUBLIC,
    ("POST", "/v1/auth/verify-email"): PUBLIC,
    ("POST", "/v1/auth/resend-code"): PUBLIC,
    ("POST", "/v1/auth/login"): PUBLIC,
    ("POST", "/v1/auth/login/mfa"): PUBLIC,
    ("POST", "/v1/auth/passkeys/options"): PUBLIC,
    ("POST", "/v1/auth/passkeys"): PUBLIC,
    ("POST", "/v1/auth/refresh"): PUBLIC,
    ("POST", "/v1/auth/sso/start"): PUBLIC,
    ("POST", "/v1/auth/sso/complete"): PUBLIC,
    ("POST", "/v1/auth/password/forgot"): PUBLIC,
    ("POST", "/v1/auth/password/reset"): PUBLIC,
    ("POST", "/v1/auth/logout"): PERSON,
    ("POST", "/v1/auth/switch"): PERSON,
    ("POST", "/v1/auth/step-up"): PERSON,
    ("POST", "/v1/auth/step-up/confirm"): PERSON,
    ("GET", "/v1/account"): PERSON,
    ("PATCH", "/v1/account"): PERSON,
    ("DELETE", "/v1/account"): PERSON,
    ("POST", "/v1/account/password"): PERSON,
    ("POST", "/v1/account/email"): PERSON,
    ("POST", "/v1/account/email/confirm"): PERSON,
    ("GET", "/v1/account/sessions"): PERSON,
    ("DELETE", "/v1/account/sessions/{session_id}"): PERSON,
    ("POST", "/v1/account/mfa/totp"): PERSON,
    ("POST", "/v1/account/mfa/totp/confirm"): PERSON,
    ("DELETE", "/v1/account/mfa/totp"): PERSON,
    ("POST", "/v1/account/mfa/recovery-codes"): PERSON,
    ("POST", "/v1/account/passkeys/options"): PERSON,
    ("POST", "/v1/account/passkeys"): PERSON,
    ("GET", "/v1/account/passkeys"): PERSON,
    ("DELETE", "/v1/account/passkeys/{passkey_id}"): PERSON,
    ("GET", "/v1/organization"): READ,
    ("PATCH", "/v1/organization"): ADMIN,
    ("DELETE", "/v1/organization"): OWNER,
    ("POST", "/v1/organization/transfer-ownership"): OWNER,
    ("POST", "/v1/organizations"): PERSON,
    ("GET", "/v1/organization/single-sign-on"): ADMIN,
    ("POST", "/v1/organization/single-sign-on"): OWNER,
    ("PATCH", "/v1/organization/single-sign-on"): OWNER,
    ("DELETE", "/v1/organization/single-sign-on"): OWNER,
    ("POST", "/v1/organization/single-sign-on/domains/verify"): ADMIN,
    ("GET", "/v1/members"): READ,
    ("GET", "/v1/members/{member_id}"): READ,
    ("PATCH", "/v1/members/{member_id}"): ADMIN,
    ("DELETE", "/v1/members/{member_id}"): ADMIN,
    ("DELETE", "/v1/members/{member_id}/sessions"): ADMIN,
    ("POST", "/v1/invitations"): ADMIN,
    ("GET", "/v1/invitations"): ADMIN,
    ("GET", "/v1/invitations/{invitation_id}"): ADMIN,
    ("DELETE", "/v1/invitations/{invitation_id}"): ADMIN,
    ("POST", "/v1/invitations/accept"): PUBLIC,
    ("GET", "/v1/products"): READ,
    ("GET", "/v1/products/{product_id}"): READ,
    ("POST", "/v1/products"): WRITE,
    ("PATCH", "/v1/products/{product_id}"): WRITE,
    ("DELETE", "/v1/products/{product_id}"): WRITE,
    ("POST", "/v1/products/{product_id}/restore"): WRITE,
    ("POST", "/v1/products/import"): WRITE,
    ("GET", "/v1/products/export"): READ,
    ("POST", "/v1/imports"): WRITE,
    ("GET", "/v1/imports"): READ,
    ("GET", "/v1/imports/{import_id}"): READ,
    ("POST", "/v1/imports/{import_id}/start"): WRITE,
    ("POST", "/v1/imports/{import_id}/cancel"): WRITE,
    ("GET", "/v1/organization/export"): ADMIN,
    ("GET", "/v1/api-keys"): ADMIN,
    ("GET", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("POST", "/v1/api-keys"): ADMIN,
    ("PATCH", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("POST", "/v1/api-keys/{api_key_id}/rotate"): ADMIN,
    ("DELETE", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("GET", "/v1/audit-logs"): ADMIN,
    ("GET", "/v1/audit-logs/{entry_id}"): ADMIN,
    ("GET", "/v1/webhook-endpoints"): ADMIN,
    ("GET", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
    ("POST", "/v1/webhook-endpoints"): ADMIN,
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
    ("DELETE", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
}

GRANTED: Final = {
    "owner": {PERSON, READ, WRITE, ADMIN, OWNER},
    "admin": {PERSON, READ, WRITE, ADMIN},
    "member": {PERSON, READ, WRITE},
    "read_key": {READ},
    "write_key": {READ, WRITE},
    "admin_key": {READ, WRITE, ADMIN},
}
"""What each kind of caller reaches; no key ever does what is a person's own."""

STRANGERS: Final = ("garbage", "unknown API key", "token of another signer", "access token of no session")
GUARDED: Final = sorted(route for route, level in REQUIRED.items() if level != PUBLIC)
REFUSED: Final = [
    (route, caller)
    for route in GUARDED
    for caller, granted in GRANTED.items()
    if "{" in route[1] and REQUIRED[route] not in granted
]
OPEN: Final = sorted(route for route, level in REQUIRED.items() if level == PUBLIC)


def _strangers_credential(kind: str, home: StaffedOrganization) -> str:
    now = utc_now()
    match kind:
        case "unknown API key":
            return ApiKeyText.generate(ApiKeyId(new_id("key", now))).text
        case "token of another signer":
            claims = AccessClaims(home.owner.id, home.id, Role.OWNER, home.owner.session_id)
            forged = token_claims(claims, issuer=environment.PUBLIC_BASE_URL, token_id=new_id("tok", now), now=now)
            kid = jwt.get_unverified_header(home.owner.token)["kid"]
            return jwt.encode(forged, ec.generate_private_key(ec.SECP256R1()), "ES256", {"kid": kid, "typ": "at+jwt"})
        case "access token of no session":
            return _logged_out(home)
    return secrets.token_urlsafe(32)


def _logged_out(home: StaffedOrganization) -> str:
    person = add_person(home, Role.OWNER)
    assert call("POST", "/v1/auth/logout", token=person.token).status == 204
    return person.token


def _successes_of(route: Route) -> set[int]:
    operation = operation_of(route)
    return {int(status) for status in (operation.answers, operation.or_answers) if status is not None}


@pytest.mark.asvs("8.1.1")
def test_every_route_has_a_verdict() -> None:
    assert set(REQUIRED) == set(routes())


@pytest.mark.parametrize("route", OPEN, ids=" ".join)
@pytest.mark.parametrize("credential", [None, "garbage"])
def test_a_public_route_answers_without_looking_at_a_credential(
    route: Route, credential: str | None, home: StaffedOrganization
) -> None:
    assert send(route, home, credential).status in _successes_of(route)


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_nobody_gets_in_without_a_credential(route: Route, home: StaffedOrganization) -> None:
    assert send(route, home, None).status == 401


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_a_credential_that_is_not_valid_lets_nobody_in(route: Route, stranger: str, home: StaffedOrganization) -> None:
    credential = _strangers_credential(stranger, home)
    assert send(route, home, credential).status == 401
    assert send(route, home, None, headers={"X-API-Key": credential}).status == 401


@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
def test_two_credentials_at_once_are_no_credential(route: Route, home: StaffedOrganization) -> None:
    assert send(route, home, home.owner.token, headers={"X-API-Key": home.owner.token}).status == 401


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("route", GUARDED, ids=" ".join)
@pytest.mark.parametrize("caller", sorted(GRANTED))
def test_a_caller_reaches_exactly_what_is_granted(route: Route, caller: str, home: StaffedOrganization) -> None:
    reply = send(route, home, a_token(route, home, caller))
    if REQUIRED[route] in GRANTED[caller]:
        assert reply.status in _successes_of(route), reply.text
    else:
        assert (reply.status, reply.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("route", "caller"), REFUSED, ids=lambda value: value if isinstance(value, str) else " ".join(value)
)
def test_a_refusal_does_not_tell_whether_the_resource_is_there(
    route: Route, caller: str, home: StaffedOrganization
) -> None:
    body, token = a_body(route, home), home.credentials[caller]
    there = call(route[0], a_path(route, home), token=token, body=body).json
    nowhere = call(route[0], filled(route, MISSING), token=token, body=body).json
    assert {**nowhere, "instance": ""} == {**there, "instance": ""}
