"""Invitations: seven days, one use, one address; and nobody learns who has an account."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from nexstock.auth.permissions import Role
from nexstock.identity.people import email_owner
from nexstock.invitations.acceptance import accept_invitation
from nexstock.invitations.creation import LIFETIME
from nexstock.invitations.errors import InvalidInvitation
from nexstock.invitations.repository import InvitationVerifierItem
from nexstock.invitations.schemas import AcceptInvitation
from nexstock.invitations.tokens import InvitationToken
from tests.support.api import Reply, call
from tests.support.calls import recorded_calls
from tests.support.invitations import an_invitation_token
from tests.support.mailbox import mails_to
from tests.support.people import (
    ORIGIN,
    PASSWORD,
    Person,
    StaffedOrganization,
    add_person,
    an_email,
    an_organization,
    change_role,
    remove_member,
)

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization of the test's own."""
    return an_organization()


def _invite(by: Person, email: str, role: str = "member") -> Reply:
    return call("POST", "/v1/invitations", token=by.token, body={"email": email, "role": role})


def _accept(token: str, **more: str) -> Reply:
    return call("POST", "/v1/invitations/accept", body={"token": token, **more})


def _newcomer(token: str) -> Reply:
    return _accept(token, name="Ada Quay", password=PASSWORD)


def _refused(reply: Reply) -> bool:
    return (reply.status, reply.json["code"]) == (422, "invalid_invitation")


def test_somebody_new_joins_and_signs_in_like_everybody_else(home: StaffedOrganization) -> None:
    email = an_email()
    joined = _newcomer(an_invitation_token(home, email, "admin"))
    assert (joined.status, joined.json["organizationId"], joined.json["role"]) == (200, home.id, "admin")
    login = call("POST", "/v1/auth/login", body={"email": email, "password": PASSWORD})
    assert (login.status, login.json["organizationId"], login.json["role"]) == (200, home.id, "admin")
    shown = call("GET", f"/v1/members/{joined.json['userId']}", token=home.owner.token).json
    assert (shown["email"], shown["name"], shown["role"]) == (email, "Ada Quay", "admin")


@pytest.mark.asvs("7.6.2")
def test_accepting_signs_nobody_in(home: StaffedOrganization) -> None:
    joined = _newcomer(an_invitation_token(home, an_email()))
    assert "Set-Cookie" not in joined.headers
    assert set(joined.json) == {"organizationId", "userId", "role"}


def test_somebody_known_joins_with_the_account_that_they_have(home: StaffedOrganization) -> None:
    guest = an_organization().member
    joined = _accept(an_invitation_token(home, guest.email), name="Another Name", password="another password 123 xyz")
    assert (joined.status, joined.json["userId"]) == (200, guest.id)
    assert call("POST", "/v1/auth/login", body={"email": guest.email, "password": PASSWORD}).status == 200
    switched = call("POST", "/v1/auth/switch", token=guest.token, body={"organizationId": home.id})
    assert (switched.status, switched.json["role"]) == (200, "member")
    assert call("GET", f"/v1/members/{guest.id}", token=home.owner.token).json["name"] == guest.name


@pytest.mark.asvs("6.4.1")
def test_an_invitation_is_good_once(home: StaffedOrganization) -> None:
    token = an_invitation_token(home, an_email())
    assert _newcomer(token).status == 200
    assert _refused(_newcomer(token))


@pytest.mark.asvs("6.4.1")
def test_of_many_acceptances_at_once_exactly_one_wins(home: StaffedOrganization) -> None:
    email = an_email()
    token = an_invitation_token(home, email)
    with ThreadPoolExecutor(4) as threads:
        statuses = sorted(reply.status for reply in threads.map(_newcomer, [token] * 4))
    assert statuses == [200, 422, 422, 422]
    listed = call("GET", "/v1/members", token=home.owner.token).json["items"]
    assert [member["email"] for member in listed].count(email) == 1


@pytest.mark.asvs("6.4.1")
@pytest.mark.parametrize(("moment", "good"), [(-1, True), (0, False), (1, False)])
def test_an_invitation_is_good_for_seven_days(moment: int, good: bool, home: StaffedOrganization) -> None:  # noqa: FBT001 (a case)
    token = an_invitation_token(home, an_email())
    verifier = InvitationVerifierItem.find(InvitationToken.parse(token).id)
    assert verifier is not None
    assert timedelta(days=7) == LIFETIME
    at = verifier.ends_at + timedelta(seconds=moment)
    command = AcceptInvitation.model_validate({"token": token, "name": "Ada", "password": PASSWORD})
    try:
        accept_invitation(command, ORIGIN, clock=lambda: at)
    except InvalidInvitation:
        assert not good
    else:
        assert good


@pytest.mark.asvs("7.2.3", "6.4.1")
def test_tokens_cannot_be_guessed_and_are_not_stored(home: StaffedOrganization) -> None:
    email = an_email()
    token = an_invitation_token(home, email)
    assert len(token) == 4 + 26 + 43
    verifier = InvitationVerifierItem.find(InvitationToken.parse(token).id)
    assert verifier is not None
    assert token[30:] not in str(verifier.serialize())
    for guess in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[:30] + "A" * 43, "nxi_", "", "x" * 128):
        assert _refused(_newcomer(guess))
    assert email_owner(email) is None


def test_a_revoked_invitation_is_refused_at_once(home: StaffedOrganization) -> None:
    email = an_email()
    invited = _invite(home.admin, email)
    token = mails_to(email)[-1]["value_link"].partition("#")[2]
    path = f"/v1/invitations/{invited.json['id']}"
    assert call("DELETE", path, token=home.admin.token).status == 204
    assert _refused(_newcomer(token))
    assert call("GET", path, token=home.admin.token).status == 404


def test_an_accepted_invitation_shows_and_cannot_be_revoked(home: StaffedOrganization) -> None:
    email = an_email()
    invited = _invite(home.admin, email)
    assert (invited.status, invited.json["status"]) == (201, "pending")
    _newcomer(mails_to(email)[-1]["value_link"].partition("#")[2])
    path = f"/v1/invitations/{invited.json['id']}"
    assert call("GET", path, token=home.admin.token).json["status"] == "accepted"
    assert call("DELETE", path, token=home.admin.token).status == 409


def test_an_invitation_is_worth_what_its_inviter_may_still_do(home: StaffedOrganization) -> None:
    addresses = [an_email() for _ in range(3)]
    second = add_person(home, Role.OWNER)
    assert _invite(home.admin, addresses[0]).status == 201
    assert _invite(second, addresses[1], "owner").status == 201
    removed = add_person(home, Role.ADMIN)
    assert _invite(removed, addresses[2]).status == 201
    change_role(home, home.admin, Role.MEMBER)
    change_role(home, second, Role.ADMIN)
    remove_member(home, removed)
    for address in addresses:
        assert _refused(_newcomer(mails_to(address)[-1]["value_link"].partition("#")[2]))


def test_only_an_owner_invites_an_owner(home: StaffedOrganization) -> None:
    refused = _invite(home.admin, an_email(), "owner")
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    joined = _newcomer(an_invitation_token(home, an_email(), "owner"))
    assert joined.json["role"] == "owner"
    assert call("DELETE", f"/v1/members/{home.owner.id}", token=home.owner.token).status == 204


def test_a_member_is_not_invited_again_and_who_was_removed_comes_back(home: StaffedOrganization) -> None:
    assert _invite(home.admin, home.member.email).json["code"] == "already_member"
    assert call("DELETE", f"/v1/members/{home.member.id}", token=home.owner.token).status == 204
    back = _accept(an_invitation_token(home, home.member.email, "admin"))
    assert (back.status, back.json["userId"]) == (200, home.member.id)
    assert call("GET", f"/v1/members/{home.member.id}", token=home.owner.token).json["role"] == "admin"


def test_of_two_invitations_the_second_finds_a_member(home: StaffedOrganization) -> None:
    email = an_email()
    tokens = [an_invitation_token(home, email) for _ in range(2)]
    assert _newcomer(tokens[0]).status == 200
    second = _accept(tokens[1])
    assert (second.status, second.json["code"]) == (409, "already_member")


@pytest.mark.parametrize(
    ("more", "pointers"),
    [
        ({}, {"/name", "/password"}),
        ({"name": "Ada"}, {"/password"}),
        ({"password": PASSWORD}, {"/name"}),
        ({"name": "Ada", "password": "short"}, {"/password"}),
        ({"name": "Ada", "password": "harbour goods forever 1"}, {"/password"}),
    ],
)
def test_a_newcomer_needs_a_name_and_an_acceptable_password(
    more: dict[str, str], pointers: set[str], home: StaffedOrganization
) -> None:
    email = an_email()
    token = an_invitation_token(home, email)
    refused = _accept(token, **more)
    assert (refused.status, {error["pointer"] for error in refused.json["errors"]}) == (422, pointers)
    assert email_owner(email) is None
    assert _newcomer(token).status == 200


@pytest.mark.asvs("6.3.8")
def test_inviting_does_the_same_for_addresses_with_and_without_an_account(home: StaffedOrganization) -> None:
    known, unknown = an_organization().member.email, an_email()
    done = []
    for address in (known, unknown):
        with recorded_calls() as recording:
            reply = _invite(home.owner, address)
        assert reply.status == 201
        shown = {
            name: value for name, value in reply.json.items() if name not in {"id", "email", "createdAt", "expiresAt"}
        }
        done.append((shown, recording.operations))
        assert mails_to(address)[-1]["template"] == "invitation"
    assert done[0] == done[1]


def test_the_mail_says_who_invites_to_what(home: StaffedOrganization) -> None:
    email = an_email()
    _invite(home.admin, email, "admin")
    mail = mails_to(email)[-1]
    assert (mail["value_inviter"], mail["value_organization"], mail["value_role"]) == (
        home.admin.name,
        "Harbour Goods",
        "admin",
    )
    assert mail["value_link"].startswith("https://app.nexstock.example/invitation#nxi_")
