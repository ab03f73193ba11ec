"""Who may do what: every route, with every kind of caller.

The verdicts are written down here and not taken from the code, so that no change of the permission matrix, of a
handler's requirement or of the template passes unseen.
"""

import secrets
from collections.abc import Iterator, Mapping
from typing import Final

import jwt
import pytest
from _pytest.mark import ParameterSet
from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.auth.api_key_format import ApiKeyText
from nexstock.auth.permissions import Role
from nexstock.auth.tokens import AccessClaims, token_claims
from nexstock.clock import utc_now
from nexstock.ids import ApiKeyId, new_id
from tests.support import environment
from tests.support.api import call
from tests.support.people import StaffedOrganization, add_person
from tests.support.requests import MISSING, Route, a_body, a_path, a_token, filled, operation_of, prepared, send
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
    ("GET", "/.well-known/webhook-keys/{organization_id}"): PUBLIC,
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
    ("GET", "/v1/stock/export"): READ,
    ("POST", "/v1/imports"): WRITE,
    ("GET", "/v1/imports"): READ,
    ("GET", "/v1/imports/{import_id}"): READ,
    ("POST", "/v1/imports/{import_id}/start"): WRITE,
    ("POST", "/v1/imports/{import_id}/cancel"): WRITE,
    ("GET", "/v1/organization/export"): ADMIN,
    ("GET", "/v1/stock"): READ,
    ("POST", "/v1/stock/adjustments"): WRITE,
    ("GET", "/v1/stock/movements"): READ,
    ("GET", "/v1/stock/lots"): READ,
    ("GET", "/v1/stock/serial-numbers"): READ,
    ("GET", "/v1/stock/reconciliation"): READ,
    ("POST", "/v1/stock/reconciliation/repairs"): OWNER,
    ("GET", "/v1/reports/stock-valuation"): READ,
    ("GET", "/v1/reports/low-stock"): READ,
    ("GET", "/v1/reports/stock-turns"): READ,
    ("GET", "/v1/reports/sales"): READ,
    ("GET", "/v1/warehouses"): READ,
    ("GET", "/v1/warehouses/{warehouse_id}"): READ,
    ("POST", "/v1/warehouses"): WRITE,
    ("PATCH", "/v1/warehouses/{warehouse_id}"): WRITE,
    ("DELETE", "/v1/warehouses/{warehouse_id}"): WRITE,
    ("POST", "/v1/warehouses/{warehouse_id}/restore"): WRITE,
    ("GET", "/v1/orders"): READ,
    ("GET", "/v1/orders/{order_id}"): READ,
    ("POST", "/v1/orders"): WRITE,
    ("PATCH", "/v1/orders/{order_id}"): WRITE,
    ("POST", "/v1/orders/{order_id}/confirm"): WRITE,
    ("POST", "/v1/orders/{order_id}/cancel"): WRITE,
    ("POST", "/v1/orders/{order_id}/fulfil"): WRITE,
    ("POST", "/v1/orders/{order_id}/return"): WRITE,
    ("GET", "/v1/suppliers"): READ,
    ("GET", "/v1/suppliers/{supplier_id}"): READ,
    ("POST", "/v1/suppliers"): WRITE,
    ("PATCH", "/v1/suppliers/{supplier_id}"): WRITE,
    ("DELETE", "/v1/suppliers/{supplier_id}"): WRITE,
    ("POST", "/v1/suppliers/{supplier_id}/restore"): WRITE,
    ("GET", "/v1/customers"): READ,
    ("GET", "/v1/customers/{customer_id}"): READ,
    ("POST", "/v1/customers"): WRITE,
    ("PATCH", "/v1/customers/{customer_id}"): WRITE,
    ("DELETE", "/v1/customers/{customer_id}"): WRITE,
    ("POST", "/v1/customers/{customer_id}/restore"): WRITE,
    ("POST", "/v1/customers/{customer_id}/erase"): ADMIN,
    ("GET", "/v1/customers/{customer_id}/erasure"): ADMIN,
    ("GET", "/v1/events/types"): READ,
    ("POST", "/v1/stock/transfers"): WRITE,
    ("GET", "/v1/stock/transfers"): READ,
    ("GET", "/v1/stock/transfers/{transfer_id}"): READ,
    ("POST", "/v1/stock/transfers/{transfer_id}/receive"): WRITE,
    ("POST", "/v1/stock/transfers/{transfer_id}/cancel"): WRITE,
    ("POST", "/v1/stock/counts"): WRITE,
    ("GET", "/v1/stock/counts"): READ,
    ("GET", "/v1/stock/counts/{count_id}"): READ,
    ("GET", "/v1/stock/counts/{count_id}/lines"): READ,
    ("PATCH", "/v1/stock/counts/{count_id}/lines"): WRITE,
    ("POST", "/v1/stock/counts/{count_id}/post"): WRITE,
    ("POST", "/v1/stock/counts/{count_id}/cancel"): WRITE,
    ("POST", "/v1/purchase-orders"): WRITE,
    ("GET", "/v1/purchase-orders"): READ,
    ("GET", "/v1/purchase-orders/{purchase_order_id}"): READ,
    ("PATCH", "/v1/purchase-orders/{purchase_order_id}"): WRITE,
    ("POST", "/v1/purchase-orders/{purchase_order_id}/submit"): WRITE,
    ("POST", "/v1/purchase-orders/{purchase_order_id}/receive"): WRITE,
    ("POST", "/v1/purchase-orders/{purchase_order_id}/cancel"): WRITE,
    ("GET", "/v1/api-keys"): ADMIN,
    ("GET", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("POST", "/v1/api-keys"): ADMIN,
    ("PATCH", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("POST", "/v1/api-keys/{api_key_id}/rotate"): ADMIN,
    ("DELETE", "/v1/api-keys/{api_key_id}"): ADMIN,
    ("GET", "/v1/audit-logs"): ADMIN,
    ("GET", "/v1/audit-logs/{entry_id}"): ADMIN,
    ("GET", "/v1/audit-logs/{entry_id}/proof"): ADMIN,
    ("GET", "/v1/audit-logs/checkpoints"): ADMIN,
    ("GET", "/v1/audit-logs/verification"): ADMIN,
    ("GET", "/v1/audit-logs/export"): ADMIN,
    ("GET", "/v1/encryption/keys"): ADMIN,
    ("GET", "/v1/encryption/rotation-report"): ADMIN,
    ("POST", "/v1/encryption/rotate"): ADMIN,
    ("GET", "/v1/webhook-endpoints"): ADMIN,
    ("GET", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
    ("POST", "/v1/webhook-endpoints"): ADMIN,
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
    ("DELETE", "/v1/webhook-endpoints/{endpoint_id}"): ADMIN,
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/rotate-secret"): ADMIN,
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/reveal-secret"): ADMIN,
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/ping"): ADMIN,
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/replay"): ADMIN,
    ("GET", "/v1/webhook-deliveries"): ADMIN,
    ("GET", "/v1/webhook-deliveries/{delivery_id}"): ADMIN,
    ("POST", "/v1/webhook-deliveries/{delivery_id}/redeliver"): ADMIN,
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

GUARDED: Final = sorted(route for route, level in REQUIRED.items() if level != PUBLIC)


def _allowed() -> Iterator[ParameterSet]:
    """Give each route with each caller who reaches it; those mightier than another one are for `make thorough`."""
    for route in GUARDED:
        for callers in (("member", "admin", "owner"), ("read_key", "write_key", "admin_key")):
            reaching = [caller for caller in callers if REQUIRED[route] in GRANTED[caller]]
            for caller in reaching:
                marks = () if caller == reaching[0] else pytest.mark.thorough
                yield pytest.param(route, caller, id=f"{' '.join(route)}-{caller}", marks=marks)


REFUSED: Final = {
    route: callers
    for route in GUARDED
    if (callers := [caller for caller, granted in GRANTED.items() if REQUIRED[route] not in granted])
}
OPEN: Final = sorted(route for route, level in REQUIRED.items() if level == PUBLIC)


@pytest.fixture(scope="module")
def strangers(home: StaffedOrganization) -> dict[str, str]:
    """Return credentials that are worth nothing, by what they are."""
    now = utc_now()
    claims = AccessClaims(home.owner.id, home.id, Role.OWNER, home.owner.session_id)
    forged = token_claims(claims, issuer=environment.PUBLIC_BASE_URL, token_id=new_id("tok", now), now=now)
    header = {"kid": jwt.get_unverified_header(home.owner.token)["kid"], "typ": "at+jwt"}
    return {
        "garbage": secrets.token_urlsafe(32),
        "unknown API key": ApiKeyText.generate(ApiKeyId(new_id("key", now))).text,
        "token of another signer": jwt.encode(forged, ec.generate_private_key(ec.SECP256R1()), "ES256", header),
        "access token of no session": _logged_out(home),
    }


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
def test_nobody_gets_in_without_one_valid_credential(
    route: Route, strangers: Mapping[str, str], home: StaffedOrganization
) -> None:
    request, owner = prepared(route, home), home.owner.token
    statuses = {
        "no credential": request.send().status,
        "two at once": request.send(owner, headers={"X-API-Key": owner}).status,
        **{name: request.send(each).status for name, each in strangers.items()},
        **{f"{name} as key": request.send(headers={"X-API-Key": each}).status for name, each in strangers.items()},
    }
    assert statuses == dict.fromkeys(statuses, 401)


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize(("route", "caller"), list(_allowed()))
def test_a_caller_reaches_what_is_granted(route: Route, caller: str, home: StaffedOrganization) -> None:
    reply = send(route, home, a_token(route, home, caller))
    assert reply.status in _successes_of(route), reply.text


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("route", sorted(REFUSED), ids=" ".join)
def test_a_caller_reaches_nothing_else(route: Route, home: StaffedOrganization) -> None:
    credentials = {caller: home.credentials[caller] for caller in REFUSED[route]}
    request = prepared(route, home, credentials[REFUSED[route][0]])
    replies = {caller: request.send(credential) for caller, credential in credentials.items()}
    answers = {caller: (reply.status, reply.json["code"]) for caller, reply in replies.items()}
    assert answers == dict.fromkeys(credentials, (403, "forbidden"))


@pytest.mark.parametrize("route", sorted(route for route in REFUSED if "{" in route[1]), ids=" ".join)
def test_a_refusal_does_not_tell_whether_the_resource_is_there(route: Route, home: StaffedOrganization) -> None:
    body, path = a_body(route, home), a_path(route, home)
    for caller in REFUSED[route]:
        token = home.credentials[caller]
        there = call(route[0], path, token=token, body=body).json
        nowhere = call(route[0], filled(route, MISSING), token=token, body=body).json
        assert {**nowhere, "instance": ""} == {**there, "instance": ""}, caller
