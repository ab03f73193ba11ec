"""A valid request for every route of the API, each on resources of its own, so that whoever may send it succeeds."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

import jwt

from functions.streams import write_audit
from nexstock.auth.permissions import Role
from tests.support.api import call
from tests.support.changes import a_record
from tests.support.environment import table_name
from tests.support.events import Context, Json
from tests.support.journeys.world import sent_messages, stored_item
from tests.support.people import PASSWORD, StaffedOrganization, add_person, an_email

Route = tuple[str, str]
"""Method and path, as template.yaml has them."""

Make = Callable[[StaffedOrganization], Any]


def a_path(route: Route, organization: StaffedOrganization, token: str | None = None) -> str:
    """Return the route's path with the ids of new resources of an organization; a session's is the token's own."""
    makers = {**RESOURCES, "product_id": a_deleted_product} if route[1].endswith("/restore") else RESOURCES
    makers = {**makers, "session_id": lambda home: _session_of(token) or a_session(home)}
    return filled(route, {name: make(organization) for name, make in makers.items() if f"{{{name}}}" in route[1]})


def filled(route: Route, ids: Mapping[str, str]) -> str:
    """Return the route's path with these ids."""
    return route[1].format(**ids)


def a_body(route: Route, organization: StaffedOrganization) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a body that the route takes, or None if it takes none."""
    make = _BODIES.get(route)
    return make(organization) if make else None


def a_token(route: Route, organization: StaffedOrganization, caller: str = "owner") -> str:
    """Return a credential of an organization by its name; a new session's where the request would end it."""
    if route in _ENDS_THE_SESSION and caller in set(Role):
        return add_person(organization, Role(caller)).token
    return organization.credentials[caller]


def a_product(organization: StaffedOrganization) -> str:
    """Make a product and return its id."""
    return _made("/v1/products", organization)


def a_deleted_product(organization: StaffedOrganization) -> str:
    """Make a product, delete it, and return its id."""
    product_id = a_product(organization)
    assert call("DELETE", f"/v1/products/{product_id}", token=organization.owner.token).status == 204
    return product_id


def an_api_key(organization: StaffedOrganization) -> str:
    """Make an API key and return its id."""
    return _made("/v1/api-keys", organization)


def an_endpoint(organization: StaffedOrganization) -> str:
    """Make a webhook endpoint and return its id."""
    return _made("/v1/webhook-endpoints", organization)


def an_audit_entry(organization: StaffedOrganization) -> str:
    """Have a change audited and return the entry's id."""
    product_id = a_product(organization)
    image = stored_item(table_name("tenants"), f"ORG#{organization.id}#PRODUCT", product_id)
    answer = write_audit.handler({"Records": [a_record(None, image)]}, Context())  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": []}
    newest = call("GET", "/v1/audit-logs", token=organization.owner.token, query={"limit": "1"})
    return str(newest.json["items"][0]["id"])


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
    "product_id": a_product,
    "api_key_id": an_api_key,
    "endpoint_id": an_endpoint,
    "entry_id": an_audit_entry,
    "session_id": a_session,
}
"""Makes a new resource for each variable of a path."""

MISSING: Final = {
    name: f"{prefix}_01JD0000000000000000000000"
    for name, prefix in (
        ("product_id", "prd"),
        ("api_key_id", "key"),
        ("endpoint_id", "whe"),
        ("entry_id", "aud"),
        ("session_id", "ses"),
    )
}
"""Well-formed ids that nothing has."""

_ENDS_THE_SESSION: Final = frozenset(
    {
        ("POST", "/v1/auth/logout"),
        ("POST", "/v1/auth/switch"),
        ("POST", "/v1/account/password"),
        ("DELETE", "/v1/account/sessions/{session_id}"),
    }
)
"""Routes after which the caller's session, or password, is not what it was."""

_BODIES: Final[Mapping[Route, Make]] = {
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
    ("POST", "/v1/products"): lambda _: {"sku": secrets.token_hex(8), "name": "Bolt M8"},
    ("PATCH", "/v1/products/{product_id}"): lambda _: {"name": "Nut M8"},
    ("POST", "/v1/api-keys"): lambda _: {"name": "Shop", "scope": "read"},
    ("POST", "/v1/webhook-endpoints"): lambda _: {"url": "http://127.0.0.1:1/hooks", "events": ["*"]},
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}"): lambda _: {"description": "The shop's"},
}
