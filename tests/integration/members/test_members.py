"""Members: roles and removals, from the next request on."""

import pytest

from nexstock.auth.permissions import Role
from tests.support.api import Reply, call
from tests.support.people import PASSWORD, Person, StaffedOrganization, add_person, an_organization, another_session

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization of the test's own."""
    return an_organization()


def _give(by: Person, to: Person, role: str) -> Reply:
    return call("PATCH", f"/v1/members/{to.id}", token=by.token, body={"role": role})


def _remove(by: Person, whom: Person) -> Reply:
    return call("DELETE", f"/v1/members/{whom.id}", token=by.token)


@pytest.mark.asvs("8.3.2")
def test_a_new_role_counts_with_the_next_request(home: StaffedOrganization) -> None:
    assert call("GET", "/v1/api-keys", token=home.member.token).status == 403
    assert _give(home.owner, home.member, "admin").json["role"] == "admin"
    assert call("GET", "/v1/api-keys", token=home.member.token).status == 200
    assert _give(home.owner, home.member, "member").status == 200
    assert call("GET", "/v1/api-keys", token=home.member.token).status == 403


def test_an_api_key_never_does_more_than_its_creators_present_role(home: StaffedOrganization) -> None:
    key = call("POST", "/v1/api-keys", token=home.admin.token, body={"name": "ERP", "scope": "admin"}).json["key"]
    assert call("GET", "/v1/api-keys", token=key).status == 200
    assert _give(home.owner, home.admin, "member").status == 200
    assert call("GET", "/v1/api-keys", token=key).status == 403
    assert call("GET", "/v1/products", token=key).status == 200


@pytest.mark.asvs("7.4.2")
def test_a_removed_member_is_refused_with_the_next_request(home: StaffedOrganization) -> None:
    key = call("POST", "/v1/api-keys", token=home.admin.token, body={"name": "ERP", "scope": "read"}).json["key"]
    assert _remove(home.owner, home.admin).status == 204
    assert call("GET", "/v1/products", token=home.admin.token).status == 401
    assert call("GET", "/v1/products", token=key).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": home.admin.refresh_token}).status == 401
    refused = call("POST", "/v1/auth/login", body={"email": home.admin.email, "password": PASSWORD})
    assert (refused.status, refused.json["code"]) == (403, "no_organization")
    listed = call("GET", "/v1/members", token=home.owner.token).json["items"]
    assert {member["id"] for member in listed} == {home.owner.id, home.member.id}


@pytest.mark.asvs("7.4.5")
def test_who_is_removed_here_stays_in_their_other_organizations(home: StaffedOrganization) -> None:
    created = call("POST", "/v1/organizations", token=home.member.token, body={"name": "Second Harbour"}).json["id"]
    switched = call("POST", "/v1/auth/switch", token=home.member.token, body={"organizationId": created})
    assert _remove(home.owner, home.member).status == 204
    account = call("GET", "/v1/account", token=switched.json["accessToken"])
    assert [each["id"] for each in account.json["organizations"]] == [created]
    login = call("POST", "/v1/auth/login", body={"email": home.member.email, "password": PASSWORD})
    assert login.json["organizationId"] == created


@pytest.mark.asvs("7.4.5")
def test_an_admin_signs_a_member_out_here_and_nowhere_else(home: StaffedOrganization) -> None:
    created = call("POST", "/v1/organizations", token=home.member.token, body={"name": "Second Harbour"}).json["id"]
    here = another_session(home, home.member)
    elsewhere = call("POST", "/v1/auth/switch", token=home.member.token, body={"organizationId": created}).json
    path = f"/v1/members/{home.member.id}/sessions"
    assert call("DELETE", path, token=home.admin.token).status == 204
    assert call("GET", "/v1/products", token=here.token).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": here.refresh_token}).status == 401
    assert call("GET", "/v1/products", token=elsewhere["accessToken"]).status == 200
    body = {"email": home.member.email, "password": PASSWORD, "organizationId": home.id}
    assert call("POST", "/v1/auth/login", body=body).status == 200
    foreign = an_organization()
    assert call("DELETE", path, token=foreign.owner.token).status == 404
    owner = f"/v1/members/{home.owner.id}/sessions"
    assert call("DELETE", owner, token=home.admin.token).json["code"] == "forbidden"
    assert call("GET", "/v1/products", token=home.owner.token).status == 200


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
def test_an_admin_neither_grants_nor_takes_ownership(role: str, home: StaffedOrganization) -> None:
    second = add_person(home, Role.OWNER)
    for reply in (_give(home.admin, home.member, "owner"), _remove(home.admin, second)):
        assert (reply.status, reply.json["code"]) == (403, "forbidden")
    if role != "owner":
        assert _give(home.admin, second, role).json["code"] == "forbidden"
    assert call("GET", f"/v1/members/{second.id}", token=home.owner.token).json["role"] == "owner"


def test_an_owners_admin_key_grants_no_ownership(home: StaffedOrganization) -> None:
    key = home.credentials["admin_key"]
    refused = call("PATCH", f"/v1/members/{home.member.id}", token=key, body={"role": "owner"})
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert call("PATCH", f"/v1/members/{home.member.id}", token=key, body={"role": "admin"}).status == 200


def test_the_last_owner_neither_goes_nor_steps_down(home: StaffedOrganization) -> None:
    for reply in (_remove(home.owner, home.owner), _give(home.owner, home.owner, "member")):
        assert (reply.status, reply.json["code"], reply.json["organizationId"]) == (409, "last_owner", home.id)
    second = add_person(home, Role.OWNER)
    assert _give(home.owner, home.owner, "member").status == 200
    assert _remove(second, second).json["code"] == "last_owner"


def test_a_lost_race_is_told_by_the_version(home: StaffedOrganization) -> None:
    seen = call("GET", f"/v1/members/{home.member.id}", token=home.owner.token)
    path, stale = f"/v1/members/{home.member.id}", {"If-Match": seen.headers["ETag"]}
    first = call("PATCH", path, token=home.owner.token, body={"role": "admin"}, headers=stale)
    late = call("DELETE", path, token=home.owner.token, headers=stale)
    assert (first.status, late.status) == (200, 412)


def test_the_same_role_changes_nothing(home: StaffedOrganization) -> None:
    seen = call("GET", f"/v1/members/{home.member.id}", token=home.owner.token)
    assert _give(home.owner, home.member, "member").headers["ETag"] == seen.headers["ETag"]


@pytest.mark.parametrize("body", [{}, {"role": None}, {"role": "boss"}, {"role": "admin", "name": "Eve"}])
def test_a_role_is_one_of_three_and_nothing_else_can_be_said(body: dict[str, str], home: StaffedOrganization) -> None:
    reply = call("PATCH", f"/v1/members/{home.member.id}", token=home.owner.token, body=body)
    assert reply.status == (200 if body == {} else 422)
    assert call("GET", f"/v1/members/{home.member.id}", token=home.owner.token).json["role"] == "member"
