"""Fields: who may read a resource reads all of it that anybody does, and nobody writes what only the platform sets.

The rules stand in docs/permissions.md. There is no field that one role sees and another does not, so the roles' answers
are compared with each other, and with the fields that are written down here.
"""

from typing import Any, Final

import pytest

from tests.support.api import call
from tests.support.people import StaffedOrganization
from tests.support.requests import Route, a_body, a_path, a_token, headers_of, operation_of, takes_a_body
from tests.support.templates import routes

_READERS: Final = ("owner", "admin", "member", "read_key", "write_key", "admin_key")
_ONE: Final = sorted(
    route for route in routes() if route[0] == "GET" and "{" in route[1] and not route[1].startswith("/v1/account/")
)
_OF_THE_PLATFORM: Final = ("id", "version", "createdAt", "updatedAt", "deletedAt", "createdBy", "changedBy", "kind")
_OF_OTHERS: Final = ("role", "scope", "prefix", "digest", "organizationIds", "passwordHash", "sessionsSince", "owners")
_WRITES: Final = sorted(route for route in routes() if route[0] in {"POST", "PATCH"})
_OWN: Final[dict[Route, set[str]]] = {
    ("PATCH", "/v1/members/{member_id}"): {"role"},
    ("POST", "/v1/invitations"): {"role"},
    ("POST", "/v1/api-keys"): {"scope"},
    ("POST", "/v1/imports"): {"kind"},
}
"""Which of these names are a route's own input."""

_SECRETS: Final = frozenset({"secret", "key", "digest", "passwordHash", "token", "code"})
_NO_SECRETS: Final[dict[Route, set[str]]] = {
    ("GET", "/v1/warehouses/{warehouse_id}"): {"code"},
}
"""Which of these names are no secret in a route's answer."""

_TAKES_A_BODY: Final = [route for route in _WRITES if takes_a_body(route)]


@pytest.mark.asvs("8.1.2", "8.2.3")
@pytest.mark.parametrize("route", _ONE, ids=" ".join)
def test_everybody_who_may_read_a_resource_reads_the_same_fields(route: Route, home: StaffedOrganization) -> None:
    path = a_path(route, home)
    replies = [call("GET", path, token=home.credentials[reader]) for reader in _READERS]
    shown = [reply.json for reply in replies if reply.status == 200]
    assert len(shown) >= 2
    # Reading with a key is itself noted on that key.
    fields = [{field: value for field, value in each.items() if not field.startswith("lastUsed")} for each in shown]
    assert all(each == fields[0] for each in fields)
    assert (_SECRETS - _NO_SECRETS.get(route, set())).isdisjoint(fields[0])


@pytest.mark.asvs("8.1.2", "8.2.3")
@pytest.mark.parametrize("route", _TAKES_A_BODY, ids=" ".join)
def test_nobody_writes_a_field_that_is_the_platforms_or_another_resources(
    route: Route, home: StaffedOrganization
) -> None:
    token = a_token(route, home) if operation_of(route).requires.value != "public" else None
    body: dict[str, Any] = a_body(route, home, token) or {}
    path, headers = a_path(route, home, token), headers_of(route, token)
    names = {*_OF_THE_PLATFORM, *_OF_OTHERS} - _OWN.get(route, set())
    reply = call(route[0], path, token=token, body={**body, **dict.fromkeys(names, "x")}, headers=headers)
    assert reply.status == 422, reply.text
    unknown = {error["pointer"] for error in reply.json["errors"] if error["detail"] == "unknown field"}
    assert unknown == {f"/{name}" for name in names}
