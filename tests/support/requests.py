"""A valid request for every route of the API, each on resources of its own, so that whoever may send it succeeds."""

import importlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt

from functions.streams import write_audit
from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from nexstock.http.api import Operation
from tests.support import (
    catalogue_requests,
    encryption_requests,
    erasure_requests,
    exchange_requests,
    order_requests,
    purchasing_requests,
    second_factor_requests,
    sign_on_requests,
    stock_requests,
    webhook_requests,
    webhook_secret_requests,
)
from tests.support.api import Reply, call
from tests.support.changes import a_record
from tests.support.checkpoints import checkpointed
from tests.support.confirmations import a_step_up_code, an_email_code, is_good, step_up_headers
from tests.support.environment import table_name
from tests.support.events import Context, Json
from tests.support.invitations import an_invitation_token
from tests.support.journeys.world import sent_messages, stored_item
from tests.support.people import PASSWORD, StaffedOrganization, add_person, an_email, an_organization
from tests.support.second_factor_requests import a_passkey
from tests.support.second_factors import with_totp
from tests.support.templates import module_of, routes

Route = tuple[str, str]
"""Method and path, as infra/api.yaml has them."""

Make = Callable[[StaffedOrganization], Any]


def a_path(route: Route, organization: StaffedOrganization, token: str | None = None) -> str:
    """Return the route's path with the ids of new resources of an organization; a session's is the token's own."""
    makers = {**RESOURCES, **catalogue_requests.DELETED} if route[1].endswith("/restore") else RESOURCES
    if route[1].endswith("/receive"):
        makers = {**makers, **purchasing_requests.SUBMITTED}
    makers = {
        **makers,
        **order_requests.RESOURCES_OF_STEPS.get(route, {}),
        **webhook_secret_requests.RESOURCES_OF_STEPS.get(route, {}),
        **erasure_requests.RESOURCES_OF_ROUTES.get(route, {}),
        "session_id": lambda home: _session_of(token) or a_session(home),
        "passkey_id": lambda home: a_passkey(home, token),
    }
    return filled(route, {name: make(organization) for name, make in makers.items() if f"{{{name}}}" in route[1]})


def filled(route: Route, ids: Mapping[str, str]) -> str:
    """Return the route's path with these ids."""
    return route[1].format(**ids)


def a_body(route: Route, organization: StaffedOrganization, token: str | None = None) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a body that the route takes, or None if it takes none; codes are those of the token's own session."""
    if (make := _BODIES_OF_A_PERSON.get(route)) is not None:
        return make(token if token and is_good(token) else organization.owner.token)
    if (make_table := exchange_requests.TABLES.get(route)) is not None:
        return make_table()
    make_any = _BODIES.get(route)
    return make_any(organization) if make_any else None


def takes_a_body(route: Route) -> bool:
    """Tell whether the route takes a body that is JSON."""
    return route in _BODIES or route in _BODIES_OF_A_PERSON


def headers_of(route: Route, token: str | None) -> dict[str, str]:
    """Return what a request on the route needs beside its token: the type of its body, and a step-up proof."""
    operation = operation_of(route)
    media_type = {"Content-Type": operation.takes} if route in exchange_requests.TABLES else {}
    return {**media_type, **step_up_headers(operation.step_up, token)}


def operation_of(route: Route) -> Operation:
    """Return what the route's handler declares."""
    operation: Operation = importlib.import_module(module_of(routes()[route])).app.operation
    return operation


@dataclass(frozen=True)
class Request:
    """A valid request. What refuses it changes nothing, so that it can be sent again until it succeeds."""

    method: str
    path: str
    body: Any
    headers: Mapping[str, str]

    def send(
        self, token: str | None = None, *, headers: Mapping[str, str] | None = None, ip: str = "203.0.113.7"
    ) -> Reply:
        """Send the request with a credential and further headers."""
        sent = {**self.headers, **(headers or {})}
        return call(self.method, self.path, token=token, body=self.body, headers=sent, ip=ip)


def prepared(route: Route, organization: StaffedOrganization, token: str | None = None) -> Request:
    """Return a valid request on the route, on new resources of an organization; codes and proofs are the token's."""
    preparations = {**sign_on_requests.PREPARATIONS, **encryption_requests.PREPARATIONS}
    if (prepare := preparations.get(route)) is not None:
        prepare(organization)
    body, headers = a_body(route, organization, token), headers_of(route, token)
    return Request(route[0], a_path(route, organization, token), body, headers)


def send(
    route: Route,
    organization: StaffedOrganization,
    token: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    ip: str = "203.0.113.7",
) -> Reply:
    """Send a valid request on the route, on new resources of an organization."""
    return prepared(route, organization, token).send(token, headers=headers, ip=ip)


def a_token(route: Route, organization: StaffedOrganization, caller: str = "owner") -> str:
    """Return a credential of an organization by its name; a new session's where the request would end it."""
    if route == _ENDS_THE_ORGANIZATION and caller in set(Role):
        return an_organization().credentials[caller]
    if route in _ENDS_THE_SESSION | _NEEDS_AN_APP and caller in set(Role):
        token = add_person(organization, Role(caller)).token
        if route in _NEEDS_AN_APP:
            with_totp(token)
        return token
    return organization.credentials[caller]


def a_product(organization: StaffedOrganization) -> str:
    """Make a product and return its id."""
    return _made("/v1/products", organization)


def an_api_key(organization: StaffedOrganization) -> str:
    """Make an API key and return its id."""
    return _made("/v1/api-keys", organization)


def an_audit_entry(organization: StaffedOrganization) -> str:
    """Have a change audited and signed, and return the entry's id."""
    product_id = a_product(organization)
    image = stored_item(table_name("tenants"), f"ORG#{organization.id}#PRODUCT", product_id)
    answer = write_audit.handler({"Records": [a_record(None, image)]}, Context())  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": []}
    assert checkpointed(organization.id) == []
    newest = call("GET", "/v1/audit-logs", token=organization.owner.token, query={"limit": "1"})
    return str(newest.json["items"][0]["id"])


def a_member(organization: StaffedOrganization) -> str:
    """Add a member and return their id."""
    return add_person(organization, Role.MEMBER).id


def an_invitation(organization: StaffedOrganization) -> str:
    """Invite somebody and return the invitation's id."""
    return _made("/v1/invitations", organization)


def a_session(organization: StaffedOrganization) -> str:
    """Return the id of a new session of a new person."""
    return add_person(organization, Role.MEMBER).session_id


def _session_of(token: str | None) -> str | None:
    """Return the session that an access token belongs to; an API key belongs to none."""
    if token is None or token.count(".") != 2:
        return None
    return str(jwt.decode(token, options={"verify_signature": False})["sid"])


def _reset(organization: StaffedOrganization) -> Json:
    email = add_person(organization, Role.MEMBER).email
    with sent_messages() as messages:
        assert call("POST", "/v1/auth/password/forgot", body={"email": email}).status == 202
    return {"email": email, "code": messages[-1]["value_code"], "newPassword": "copper meadow whistle 77"}


def _made(path: str, organization: StaffedOrganization) -> str:
    reply = call("POST", path, token=organization.owner.token, body=a_body(("POST", path), organization))
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def _registration() -> Json:
    return {"email": an_email(), "password": PASSWORD, "name": "Ada Quay", "organizationName": "Quay Supplies"}


def _registered() -> Json:
    body = _registration()
    with sent_messages() as messages:
        assert call("POST", "/v1/auth/register", body=body).status == 202
    return {"email": body["email"], "code": messages[-1]["value_code"]}


RESOURCES: Final[Mapping[str, Make]] = {
    "organization_id": lambda organization: organization.id,
    "member_id": a_member,
    "invitation_id": an_invitation,
    **catalogue_requests.RESOURCES,
    **order_requests.RESOURCES,
    **purchasing_requests.RESOURCES,
    "api_key_id": an_api_key,
    **webhook_requests.RESOURCES,
    "entry_id": an_audit_entry,
    "import_id": exchange_requests.an_import,
    "session_id": a_session,
    "passkey_id": a_passkey,
}
"""Makes a new resource for each variable of a path."""

MISSING: Final = {
    name: f"{prefix}_01JD0000000000000000000000"
    for name, prefix in (
        ("organization_id", "org"),
        ("member_id", "usr"),
        ("invitation_id", "inv"),
        *catalogue_requests.PREFIXES.items(),
        *order_requests.PREFIXES.items(),
        *purchasing_requests.PREFIXES.items(),
        ("api_key_id", "key"),
        *webhook_requests.PREFIXES.items(),
        ("entry_id", "aud"),
        ("import_id", "imp"),
        ("session_id", "ses"),
        ("passkey_id", "psk"),
    )
}
"""Well-formed ids that nothing has."""

_ENDS_THE_SESSION: Final = frozenset(
    {
        ("POST", "/v1/auth/logout"),
        ("POST", "/v1/auth/switch"),
        ("POST", "/v1/account/password"),
        ("POST", "/v1/account/email/confirm"),
        ("DELETE", "/v1/account"),
        ("POST", "/v1/organizations"),
        ("POST", "/v1/organization/transfer-ownership"),
        ("DELETE", "/v1/account/sessions/{session_id}"),
        ("POST", "/v1/account/mfa/totp"),
        ("POST", "/v1/account/mfa/totp/confirm"),
        ("POST", "/v1/account/passkeys"),
        ("DELETE", "/v1/account/passkeys/{passkey_id}"),
    }
)
"""Routes that end the caller's session, or change their password, second factors, address, role or organizations."""

_NEEDS_AN_APP: Final = frozenset(
    {
        ("DELETE", "/v1/account/mfa/totp"),
        ("POST", "/v1/account/mfa/recovery-codes"),
    }
)
"""Routes for who has an authenticator app."""

_ENDS_THE_ORGANIZATION: Final = ("DELETE", "/v1/organization")

_BODIES_OF_A_PERSON: Final[Mapping[Route, Callable[[str], Json]]] = {
    **second_factor_requests.BODIES_OF_A_PERSON,
    ("POST", "/v1/auth/step-up/confirm"): lambda token: {
        "action": "delete_account",
        "code": a_step_up_code(token, Action.DELETE_ACCOUNT),
    },
    ("POST", "/v1/account/email/confirm"): lambda token: {"code": an_email_code(token)},
}
"""What holds a code, or an authenticator's answer, of the caller's own."""

_BODIES: Final[Mapping[Route, Make]] = {
    **second_factor_requests.BODIES,
    **sign_on_requests.BODIES,
    **exchange_requests.BODIES,
    **catalogue_requests.BODIES,
    **stock_requests.BODIES,
    **order_requests.BODIES,
    **purchasing_requests.BODIES,
    ("POST", "/v1/auth/register"): lambda _: _registration(),
    ("POST", "/v1/auth/verify-email"): lambda _: _registered(),
    ("POST", "/v1/auth/resend-code"): lambda _: {"email": an_email()},
    ("POST", "/v1/auth/login"): lambda home: {"email": home.owner.email, "password": PASSWORD},
    ("POST", "/v1/auth/refresh"): lambda home: {"refreshToken": add_person(home, Role.MEMBER).refresh_token},
    ("POST", "/v1/auth/password/forgot"): lambda _: {"email": an_email()},
    ("POST", "/v1/auth/password/reset"): _reset,
    ("POST", "/v1/auth/switch"): lambda home: {"organizationId": home.id},
    ("POST", "/v1/account/password"): lambda _: {
        "currentPassword": PASSWORD,
        "newPassword": "copper meadow whistle 77",
    },
    ("POST", "/v1/auth/step-up"): lambda _: {"action": "change_email"},
    ("PATCH", "/v1/account"): lambda _: {"name": f"Ada {secrets.token_hex(4)}"},
    ("POST", "/v1/account/email"): lambda _: {"newEmail": an_email()},
    ("PATCH", "/v1/organization"): lambda _: {"timeZone": "Europe/Berlin"},
    ("POST", "/v1/organization/transfer-ownership"): lambda home: {"memberId": a_member(home)},
    ("POST", "/v1/organizations"): lambda _: {"name": "Second Harbour"},
    ("PATCH", "/v1/members/{member_id}"): lambda _: {"role": "admin"},
    ("POST", "/v1/invitations"): lambda _: {"email": an_email(), "role": "member"},
    ("POST", "/v1/invitations/accept"): lambda home: {
        "token": an_invitation_token(home, an_email()),
        "name": "Ada Quay",
        "password": PASSWORD,
    },
    ("POST", "/v1/api-keys"): lambda _: {"name": "Shop", "scope": "read"},
    ("PATCH", "/v1/api-keys/{api_key_id}"): lambda _: {"name": "Till"},
    ("POST", "/v1/api-keys/{api_key_id}/rotate"): lambda _: {"gracePeriodS": 60},
    **webhook_requests.BODIES,
}
