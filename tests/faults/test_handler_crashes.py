"""A crash before or after any call to AWS leaves all of a request or nothing, and its repetition has one effect."""

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.auth.passwords import PasswordHash, hash_password
from nexstock.clock import utc_now
from nexstock.identity import codes
from nexstock.identity.items import RegistrationItem, UserItem
from nexstock.identity.people import email_owner
from nexstock.identity.registration import open_registrations
from nexstock.ids import OrganizationId, UserId, new_id
from nexstock.persistence import identity_keys
from tests.support.api import Reply, call
from tests.support.crashes import crash_points
from tests.support.depth import sampled
from tests.support.people import PASSWORD, StaffedOrganization, an_email, an_organization
from tests.support.single_sign_on import CONNECTION, a_connection, a_domain, connected
from tests.support.stock import stock_of

pytestmark = pytest.mark.usefixtures("platform")

_SHOWN_ONCE: Final = "answer_shown_once"


@dataclass(frozen=True)
class _Write:
    """One request of an organization; `prepare` makes what it is about and gives the path."""

    method: str
    path: str
    body: Any = None
    prepare: Callable[[StaffedOrganization], str] = lambda _organization: ""

    def against(self, organization: StaffedOrganization) -> Callable[[], Reply]:
        """Return the request, with one idempotency key however often it is sent."""
        path, headers = self.path + self.prepare(organization), {"Idempotency-Key": secrets.token_hex(8)}
        return lambda: call(self.method, path, token=organization.owner.token, body=self.body, headers=headers)


def _made(path: str, body: Any) -> Callable[[StaffedOrganization], str]:  # noqa: ANN401 (any JSON value)
    def make(organization: StaffedOrganization) -> str:
        return str(call("POST", path, token=organization.owner.token, body=body).json["id"])

    return make


def _deleted(organization: StaffedOrganization) -> str:
    product_id = _PRODUCT(organization)
    call("DELETE", f"/v1/products/{product_id}", token=organization.owner.token)
    return f"{product_id}/restore"


def _connected(organization: StaffedOrganization) -> str:
    connected(organization, "https://login.customer.example", a_domain())
    return ""


_PRODUCT: Final = _made("/v1/products", {"sku": "ANV-1", "name": "Anvil"})
_KEY_BODY: Final = {"name": "ERP", "scope": "write"}
_ENDPOINT_BODY: Final = {"url": "http://127.0.0.1:1/", "events": ["*"]}
_KEY: Final = _made("/v1/api-keys", _KEY_BODY)

_INVITATION: Final = _made("/v1/invitations", {"email": "guest@example.com", "role": "member"})

_WRITES: Final = {
    "create product": _Write("POST", "/v1/products", {"sku": "ANV-1", "name": "Anvil"}),
    "update product": _Write("PATCH", "/v1/products/", {"sku": "ANV-2"}, _PRODUCT),
    "delete product": _Write("DELETE", "/v1/products/", None, _PRODUCT),
    "restore product": _Write("POST", "/v1/products/", None, _deleted),
    "create key": _Write("POST", "/v1/api-keys", _KEY_BODY),
    "update key": _Write("PATCH", "/v1/api-keys/", {"enabled": False}, _KEY),
    "rotate key": _Write("POST", "/v1/api-keys/", {"gracePeriodS": 60}, lambda home: f"{_KEY(home)}/rotate"),
    "revoke key": _Write("DELETE", "/v1/api-keys/", None, _KEY),
    "update organization": _Write("PATCH", "/v1/organization", {"name": "Harbour & Sons"}),
    "promote member": _Write("PATCH", "/v1/members/", {"role": "owner"}, lambda home: home.member.id),
    "remove member": _Write("DELETE", "/v1/members/", None, lambda home: home.member.id),
    "create invitation": _Write("POST", "/v1/invitations", {"email": "guest@example.com", "role": "member"}),
    "revoke invitation": _Write("DELETE", "/v1/invitations/", None, _INVITATION),
    "set up single sign-on": _Write("POST", CONNECTION, a_connection("https://login.customer.example", "a.example")),
    "change single sign-on": _Write("PATCH", CONNECTION, {"domains": []}, _connected),
    "take single sign-on down": _Write("DELETE", CONNECTION, None, _connected),
    "create endpoint": _Write("POST", "/v1/webhook-endpoints", _ENDPOINT_BODY),
}


def _grown(before: Counter[str], after: Counter[str]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in before | after if after[name] != before[name]}


_KEPT: Final = frozenset(
    {"create product", "delete product", "rotate key", "remove member", "change single sign-on", "create endpoint"}
)
"""One of each kind of write; the others take the same way."""


@pytest.mark.parametrize("name", sampled(_WRITES, kept=_KEPT))
def test_a_write_that_crashed_is_whole_or_nothing_and_once_when_repeated(name: str) -> None:
    write, undisturbed = _WRITES[name], an_organization()
    send = write.against(undisturbed)
    before = stock_of(undisturbed.id)
    answer = send()
    whole = _grown(before, stock_of(undisturbed.id))
    assert answer.status in {200, 201, 204}
    assert whole
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        send = write.against(organization)
        # Before the request every new organization has what the undisturbed one had; looking again takes a scan.
        with point:
            send()
        crashes += point.happened
        left = _grown(before, stock_of(organization.id))
        assert left in ({}, whole), point
        again = send()
        assert _grown(before, stock_of(organization.id)) == whole, point
        if again.status != answer.status:
            assert (again.status, again.json["code"], left) == (409, _SHOWN_ONCE, whole), point
        elif left:
            assert again.headers["Idempotency-Replayed"] == "true", point
    # The authorizer's three calls and the transaction at least, before and after each.
    assert crashes >= 8


def _a_registration() -> tuple[str, str]:
    """Store an open registration; return its address and code."""
    now, email, user_id = utc_now(), an_email(), UserId(new_id("usr", utc_now()))
    code = codes.new_code("verify_email", user_id)
    RegistrationItem(
        identity_keys.email_partition(email),
        identity_keys.registration_sort_key(user_id),
        user_id=user_id,
        email=email,
        name="Ada Quay",
        organization_name="Harbour Goods",
        password_hash=_HASH[0].value,
        pepper_version=_HASH[0].pepper_version,
        code_digest=code.digest,
        code_key_version=code.key_version,
        code_ends_at=now + codes.LIFETIME,
        expires_at=int((now + timedelta(hours=1)).timestamp()),
    ).save(RegistrationItem.pk.does_not_exist())
    return email, code.digits


_HASH: Final[list[PasswordHash]] = []


def test_a_verification_that_crashed_is_whole_or_nothing_and_once_when_repeated() -> None:
    _HASH[:] = [hash_password(PASSWORD)]
    crashes = 0
    for point in crash_points():
        email, digits = _a_registration()
        with point:
            call("POST", "/v1/auth/verify-email", body={"email": email, "code": digits})
        crashes += point.happened
        verified = email_owner(email) is not None
        assert bool(open_registrations(email, utc_now())) is not verified, point
        again = call("POST", "/v1/auth/verify-email", body={"email": email, "code": digits})
        assert again.status == (422 if verified else 204), point
        owner = email_owner(email)
        assert owner is not None
        (organization_id,) = UserItem.get(identity_keys.user_partition(owner), identity_keys.PROFILE).organization_ids
        stock = stock_of(OrganizationId(organization_id))
        assert (stock["ORGANIZATION 1"], stock["MEMBER 1"]) == (1, 1), point
        assert open_registrations(email, utc_now()) == [], point
    assert crashes >= 6
