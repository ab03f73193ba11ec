"""The person's own account: name, address, end."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, Action
from nexstock.identity.people import email_owner, find_person
from tests.support.api import Reply, call
from tests.support.confirmations import a_proof, an_email_code
from tests.support.mailbox import mails_to
from tests.support.people import PASSWORD, Person, StaffedOrganization, add_person, an_email, an_organization

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization of the test's own."""
    return an_organization()


def _founded(person: Person, name: str) -> Person:
    """Found a further organization and return the person signed in there."""
    created = call("POST", "/v1/organizations", token=person.token, body={"name": name})
    assert created.status == 201, created.text
    return _switched(person, created.json["id"])


def _switched(person: Person, organization_id: str) -> Person:
    body = {"organizationId": organization_id, "refreshTokenDelivery": "body"}
    told = call("POST", "/v1/auth/switch", token=person.token, body=body)
    assert told.status == 200, told.text
    return Person(
        person.id,
        person.email,
        person.name,
        Role(told.json["role"]),
        person.session_id,
        told.json["accessToken"],
        told.json["refreshToken"],
    )


def _delete(person: Person) -> Reply:
    headers = {HEADER: a_proof(person.token, Action.DELETE_ACCOUNT)}
    return call("DELETE", "/v1/account", token=person.token, headers=headers)


def test_the_profile_shows_the_person_and_every_organization_with_the_role_there(home: StaffedOrganization) -> None:
    member = _founded(home.member, "Second Harbour")
    account = call("GET", "/v1/account", token=member.token)
    shown = [(each["name"], each["role"]) for each in account.json["organizations"]]
    assert shown == [("Harbour Goods", "member"), ("Second Harbour", "owner")]
    assert (account.json["id"], account.json["email"]) == (home.member.id, home.member.email)
    assert account.json["emailVerified"] is True
    assert account.headers["ETag"] == f'"{account.json["version"]}"'


def test_a_new_name_is_shown_in_every_organization(home: StaffedOrganization) -> None:
    member = _founded(home.member, "Second Harbour")
    changed = call("PATCH", "/v1/account", token=member.token, body={"name": "Grace Quay"})
    assert (changed.status, changed.json["name"]) == (200, "Grace Quay")
    for token in (home.owner.token, member.token):
        assert call("GET", f"/v1/members/{member.id}", token=token).json["name"] == "Grace Quay"
    seen = call("GET", "/v1/account", token=member.token)
    assert (seen.json["name"], seen.headers["ETag"]) == ("Grace Quay", changed.headers["ETag"])


def test_of_two_changes_of_one_version_one_wins(home: StaffedOrganization) -> None:
    etag = call("GET", "/v1/account", token=home.member.token).headers["ETag"]

    def rename(name: str) -> int:
        headers = {"If-Match": etag}
        return call("PATCH", "/v1/account", token=home.member.token, body={"name": name}, headers=headers).status

    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(threads.map(rename, ("Ada", "Grace", "Joan", "Mary")))
    assert statuses == [200, 412, 412, 412]


@pytest.mark.asvs("6.3.7")
def test_the_address_changes_with_the_code_that_the_new_one_was_mailed(home: StaffedOrganization) -> None:
    member, new = home.member, an_email()
    headers = {HEADER: a_proof(member.token, Action.CHANGE_EMAIL)}
    asked = call("POST", "/v1/account/email", token=member.token, body={"newEmail": new}, headers=headers)
    assert asked.status == 202
    assert call("GET", "/v1/account", token=member.token).json["email"] == member.email
    (mail,) = mails_to(new)
    assert [each["template"] for each in mails_to(member.email)] == ["email_change_asked"]
    body = {"code": mail["value_code"]}
    assert call("POST", "/v1/account/email/confirm", token=member.token, body=body).status == 204
    assert call("GET", "/v1/account", token=member.token).json["email"] == new
    assert call("GET", f"/v1/members/{member.id}", token=home.owner.token).json["email"] == new
    assert (email_owner(new), email_owner(member.email)) == (member.id, None)
    for address in (member.email, new):
        assert mails_to(address)[-1]["template"] == "email_changed"
    assert call("POST", "/v1/auth/login", body={"email": new, "password": PASSWORD}).status == 200
    assert call("POST", "/v1/auth/login", body={"email": member.email, "password": PASSWORD}).status == 401


@pytest.mark.asvs("6.3.8")
def test_whether_the_new_address_is_taken_is_not_told(home: StaffedOrganization) -> None:
    replies = []
    for address in (an_email(), home.owner.email):
        headers = {HEADER: a_proof(home.member.token, Action.CHANGE_EMAIL)}
        body = {"newEmail": address}
        replies.append(call("POST", "/v1/account/email", token=home.member.token, body=body, headers=headers))
    assert (replies[0].status, replies[0].text) == (replies[1].status, replies[1].text)
    assert [mail["template"] for mail in mails_to(home.owner.email)] == ["email_taken"]


def test_nobody_moves_to_an_address_that_was_taken_meanwhile(home: StaffedOrganization) -> None:
    code = an_email_code(home.member.token, home.owner.email)
    refused = call("POST", "/v1/account/email/confirm", token=home.member.token, body={"code": code})
    assert (refused.status, refused.json["code"]) == (422, "invalid_code")
    assert email_owner(home.owner.email) == home.owner.id


@pytest.mark.asvs("6.5.1")
def test_of_parallel_confirmations_exactly_one_moves_the_account(home: StaffedOrganization) -> None:
    new = an_email()
    code = an_email_code(home.member.token, new)

    def confirm(_number: int) -> int:
        path = "/v1/account/email/confirm"
        return call("POST", path, token=home.member.token, body={"code": code}).status

    with ThreadPoolExecutor(5) as threads:
        statuses = sorted(threads.map(confirm, range(5)))
    assert statuses == [204, 422, 422, 422, 422]
    assert email_owner(new) == home.member.id


@pytest.mark.asvs("6.5.1", "6.6.3")
def test_an_address_code_takes_five_tries(home: StaffedOrganization) -> None:
    code = an_email_code(home.member.token)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for digits in (*[wrong] * 5, code):
        refused = call("POST", "/v1/account/email/confirm", token=home.member.token, body={"code": digits})
        assert refused.json["code"] == "invalid_code"


@pytest.mark.asvs("7.4.2")
def test_a_deleted_account_is_gone_everywhere_with_the_next_request(home: StaffedOrganization) -> None:
    admin = home.admin
    key = call("POST", "/v1/api-keys", token=admin.token, body={"name": "Shop", "scope": "read"}).json["key"]
    assert call("GET", "/v1/products", token=key).status == 200
    assert _delete(admin).status == 204
    assert call("GET", "/v1/account", token=admin.token).status == 401
    assert call("GET", "/v1/products", token=key).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": admin.refresh_token}).status == 401
    assert call("POST", "/v1/auth/login", body={"email": admin.email, "password": PASSWORD}).status == 401
    assert call("GET", f"/v1/members/{admin.id}", token=home.owner.token).status == 404
    assert (email_owner(admin.email), find_person(admin.id)) == (None, None)
    assert mails_to(admin.email)[-1]["template"] == "account_deleted"


def test_a_sole_owner_stays_and_is_told_of_which_organization(home: StaffedOrganization) -> None:
    refused = _delete(home.owner)
    assert (refused.status, refused.json["code"], refused.json["organizationId"]) == (409, "last_owner", home.id)
    assert call("GET", "/v1/account", token=home.owner.token).status == 200
    assert [mail["template"] for mail in mails_to(home.owner.email)] == []


def test_who_owns_a_second_organization_alone_stays_in_both(home: StaffedOrganization) -> None:
    member = _founded(home.member, "Second Harbour")
    assert _delete(member).json["code"] == "last_owner"
    shown = call("GET", "/v1/account", token=member.token).json["organizations"]
    assert [each["role"] for each in shown] == ["member", "owner"]


def test_one_of_two_owners_may_go_and_of_two_who_go_at_once_one_stays(home: StaffedOrganization) -> None:
    second = add_person(home, Role.OWNER)
    with ThreadPoolExecutor(2) as threads:
        replies = list(threads.map(_delete, (home.owner, second)))
    assert sorted(reply.status for reply in replies) == [204, 409]
    listed = call("GET", "/v1/members", token=home.member.token).json["items"]
    assert [member["role"] for member in listed].count("owner") == 1


def test_the_address_of_a_deleted_account_may_register_again(home: StaffedOrganization) -> None:
    assert _delete(home.member).status == 204
    body = {"email": home.member.email, "password": PASSWORD, "name": "Ada", "organizationName": "New Harbour"}
    assert call("POST", "/v1/auth/register", body=body).status == 202
    code = mails_to(home.member.email)[-1]["value_code"]
    verified = call("POST", "/v1/auth/verify-email", body={"email": home.member.email, "code": code})
    assert verified.status == 204
    assert email_owner(home.member.email) not in {None, home.member.id}
