"""A removed member, a changed role and a revoked key count from the very next request on."""

from datetime import datetime, timedelta

import pytest

from nexstock.auth.gate import Unauthorized, judge
from nexstock.auth.permissions import Role, Scope
from nexstock.auth.token_issuer import issue_access_token
from nexstock.auth.tokens import AccessClaims
from nexstock.clock import utc_now
from tests.support.api import call
from tests.support.events import api_event
from tests.support.people import add_person, an_organization, change_role, remove_member


def _may(token: str, path: str) -> int:
    return call("GET", path, token=token).status


@pytest.mark.asvs("8.3.2")
def test_removed_member_is_refused_at_once() -> None:
    organization = an_organization()
    assert _may(organization.member.token, "/v1/products") == 200

    remove_member(organization, organization.member)

    assert _may(organization.member.token, "/v1/products") == 401
    assert _may(organization.admin.token, "/v1/products") == 200


@pytest.mark.asvs("8.3.2")
def test_changed_role_counts_at_once_in_both_directions() -> None:
    organization = an_organization()

    change_role(organization, organization.admin, Role.MEMBER)
    change_role(organization, organization.member, Role.ADMIN)

    assert _may(organization.admin.token, "/v1/api-keys") == 403
    assert _may(organization.member.token, "/v1/api-keys") == 200


def test_key_never_does_more_than_its_creators_present_role() -> None:
    organization = an_organization()
    key = organization.credentials["admin_key"]
    assert _may(key, "/v1/api-keys") == 200

    change_role(organization, organization.owner, Role.MEMBER)

    assert _may(key, "/v1/api-keys") == 403
    assert _may(key, "/v1/products") == 200


def test_keys_end_with_their_creators_membership() -> None:
    organization = an_organization()
    remove_member(organization, organization.owner)

    assert {_may(key.text, "/v1/products") for key in organization.api_keys.values()} == {401}


def test_key_never_does_more_than_its_scope() -> None:
    organization = an_organization()
    body = {"sku": "A", "name": "Thing"}

    created = {
        scope: call("POST", "/v1/products", token=organization.api_keys[scope].text, body={**body, "sku": scope}).status
        for scope in Scope
    }

    assert created == {Scope.READ: 403, Scope.WRITE: 201, Scope.ADMIN: 201}
    assert [_may(organization.api_keys[scope].text, "/v1/api-keys") for scope in Scope] == [403, 403, 200]


def test_membership_in_one_organization_is_none_in_another() -> None:
    mine, foreign = an_organization(), an_organization()
    product = call("POST", "/v1/products", token=foreign.owner.token, body={"sku": "A", "name": "Thing"})

    for credential in mine.credentials.values():
        assert call("GET", product.headers["Location"], token=credential).status == 404


def test_every_member_has_rights_of_their_own() -> None:
    organization = an_organization()
    newcomer = add_person(organization, Role.MEMBER)

    remove_member(organization, organization.member)

    assert _may(newcomer.token, "/v1/products") == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic {key}"},
        {"Authorization": "{key}"},
        {"X-API-Key": ""},
        {"Authorization": "Bearer {key}", "X-API-Key": "{key}"},
        {"Cookie": "Authorization=Bearer {key}"},
    ],
    ids=str,
)
def test_credential_in_another_form_is_none(headers: dict[str, str]) -> None:
    key = an_organization().credentials["admin_key"]
    sent = {name: value.format(key=key) for name, value in headers.items()}

    assert call("GET", "/v1/products", headers=sent).status == 401


@pytest.mark.parametrize("header", ["Authorization: Bearer ", "authorization: bearer ", "X-API-Key: ", "x-api-key: "])
def test_key_comes_as_bearer_or_in_its_own_header(header: str) -> None:
    name, _, scheme = header.partition(": ")
    key = an_organization().credentials["read_key"]

    assert call("GET", "/v1/products", headers={name: scheme + key}).status == 200


def test_session_counts_until_its_very_end() -> None:
    organization = an_organization()
    owner, now = organization.owner, utc_now()
    claims = AccessClaims(owner.id, organization.id, owner.role, owner.session_id)

    def verdict(at: datetime) -> str:
        token = issue_access_token(claims, at)
        event = api_event("GET", "/v1/products", headers={"Authorization": f"Bearer {token}"})
        return str(judge({**event, "methodArn": "arn"}, at)["policyDocument"]["Statement"][0]["Effect"])

    assert verdict(now + timedelta(days=13)) == "Allow"
    with pytest.raises(Unauthorized):
        verdict(now + timedelta(days=15))
