"""Who somebody is that a provider vouches for: linked, joined or made, once, and never back after a removal."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, Action
from nexstock.clock import utc_now
from nexstock.identity.items import UserItem
from nexstock.identity.people import email_owner
from nexstock.persistence import identity_keys
from nexstock.single_sign_on.admission import Arrival, admit
from nexstock.single_sign_on.errors import SingleSignOnRefused
from nexstock.single_sign_on.repository import present_connection
from tests.support.api import Reply, call
from tests.support.confirmations import a_proof
from tests.support.invitations import an_invitation_token
from tests.support.journeys.world import sent_messages
from tests.support.people import ORIGIN, PASSWORD, StaffedOrganization, add_person, an_organization, remove_member
from tests.support.providers import Provider
from tests.support.records import records_of
from tests.support.single_sign_on import (
    CONNECTION,
    a_connection,
    an_organization_at,
    connected,
    signed_on,
)
from tests.support.table_faults import Request, carry_out, instead_of

_REFUSED: Final = (401, "single_sign_on_refused")


def _members(organization: StaffedOrganization, email: str) -> list[dict[str, Any]]:
    listed = call("GET", "/v1/members", token=organization.owner.token, query={"limit": "100"}).json["items"]
    return [member for member in listed if member["email"] == email]


def _who(reply: Reply) -> str:
    assert reply.status == 200, reply.text
    return str(call("GET", "/v1/account", token=reply.json["accessToken"]).json["id"])


def test_a_member_with_the_address_is_linked_keeps_the_role_and_is_told() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        grace = add_person(organization, Role.ADMIN, email=f"grace@{domain}")
        with sent_messages() as messages:
            reply = signed_on(provider, grace.email, email=f"Grace@{domain.upper()}")
            assert _who(reply) == grace.id
            assert _who(signed_on(provider, grace.email)) == grace.id
    assert reply.json["role"] == "admin"
    (mail,) = messages
    assert (mail["template"], mail["to"]) == ("single_sign_on_linked", grace.email)
    assert len(_members(organization, grace.email)) == 1


def test_somebody_known_elsewhere_joins_with_the_role_for_newcomers() -> None:
    elsewhere = an_organization()
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        grace = add_person(elsewhere, Role.OWNER, email=f"grace@{domain}")
        reply = signed_on(provider, grace.email)
    assert (_who(reply), reply.json["role"]) == (grace.id, "member")
    (member,) = _members(organization, grace.email)
    assert (member["id"], member["role"]) == (grace.id, "member")
    # Nothing changed where they were, and their own session there goes on.
    assert call("GET", f"/v1/members/{grace.id}", token=grace.token).json["role"] == "owner"
    standing = call("GET", "/v1/account", token=grace.token).json["organizations"]
    assert {each["id"] for each in standing} == {elsewhere.id, organization.id}


@pytest.mark.asvs("10.5.2")
def test_later_the_subject_decides_and_not_the_address() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        first = _who(signed_on(provider, f"ada@{domain}", sub="subject 1"))
        renamed = signed_on(provider, f"ada.quay@{domain}", sub="subject 1")
        assert _who(renamed) == first
        assert _who(signed_on(provider, f"eve@{domain}", sub="subject 2")) != first
    assert email_owner(f"ada.quay@{domain}") is None
    assert len(_members(organization, f"ada@{domain}")) == 1


@pytest.mark.asvs("6.8.1")
def test_one_subject_at_two_providers_is_two_identities() -> None:
    with Provider() as one, Provider() as other:
        organization, domain = an_organization_at(one)
        first = _who(signed_on(one, f"ada@{domain}", sub="42"))
        body = {"issuer": other.issuer, "clientSecret": a_connection("")["clientSecret"]}
        assert call("PATCH", CONNECTION, token=organization.owner.token, body=body).status == 200
        assert _who(signed_on(other, f"eve@{domain}", sub="42")) != first


@pytest.mark.asvs("6.8.1")
def test_one_provider_of_two_organizations_speaks_in_each_for_its_own_people() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        _, other_domain = an_organization_at(provider)
        first = _who(signed_on(provider, f"ada@{domain}", sub="42"))
        assert _who(signed_on(provider, f"eve@{other_domain}", sub="42")) != first


def test_who_was_removed_does_not_come_back_by_single_sign_on_alone() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        linked = _who(signed_on(provider, f"ada@{domain}"))
        assert call("DELETE", f"/v1/members/{linked}", token=organization.owner.token).status == 204
        unlinked = add_person(organization, Role.MEMBER, email=f"grace@{domain}")
        remove_member(organization, unlinked)
        for email in (f"ada@{domain}", unlinked.email):
            reply = signed_on(provider, email)
            assert (reply.status, reply.json["code"]) == _REFUSED
            assert "invite" in reply.json["detail"]
            assert _members(organization, email) == []


def test_who_is_invited_again_comes_back_as_who_they_were() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        ada = _who(signed_on(provider, email))
        assert call("DELETE", f"/v1/members/{ada}", token=organization.owner.token).status == 204
        _accept_invitation(organization, email)
        assert _who(signed_on(provider, email)) == ada


def test_who_deleted_their_account_and_was_invited_again_is_linked_anew() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        signed_in = signed_on(provider, email)
        ada, token = _who(signed_in), signed_in.json["accessToken"]
        proof = {HEADER: a_proof(token, Action.DELETE_ACCOUNT)}
        assert call("DELETE", "/v1/account", token=token, headers=proof).status == 204
        assert signed_on(provider, email).status == 401
        body = {"name": "Ada Quay", "password": PASSWORD}
        _accept_invitation(organization, email, **body)
        again = _who(signed_on(provider, email))
        assert again != ada
        assert _who(signed_on(provider, email)) == again


def test_nobody_comes_in_by_a_link_of_another_organization() -> None:
    with Provider() as provider:
        first, domain = an_organization_at(provider)
        ada = _who(signed_on(provider, f"ada@{domain}"))
        # The domain moves to another organization, which uses the same provider.
        assert call("DELETE", CONNECTION, token=first.owner.token).status == 204
        second = an_organization()
        connected(second, provider.issuer, domain)
        reply = signed_on(provider, f"ada@{domain}")
    assert (_who(reply), reply.json["organizationId"]) == (ada, second.id)
    assert call("GET", "/v1/products", token=reply.json["accessToken"]).status == 200
    (member,) = _members(first, f"ada@{domain}")
    assert member["id"] == ada


def test_many_first_sign_ins_at_once_make_one_person() -> None:
    with Provider() as provider, ThreadPoolExecutor(4) as threads:
        organization, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        replies = list(threads.map(lambda _: signed_on(provider, email), range(4)))
        assert {reply.status for reply in replies} <= {200, 503}
        people = {_who(reply) for reply in replies if reply.status == 200}
    assert len(people) == 1
    assert [member["id"] for member in _members(organization, email)] == list(people)


def test_a_connection_that_changed_before_the_write_admits_nobody() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        connection = present_connection(organization.id)
        assert connection is not None
        assert call("DELETE", CONNECTION, token=organization.owner.token).status == 204
        email = f"ada@{domain}"
        with pytest.raises(SingleSignOnRefused):
            admit(Arrival(connection, "subject", email, "Ada Quay", ORIGIN, utc_now() + timedelta(seconds=1)))
    assert email_owner(email) is None
    assert _members(organization, email) == []


def test_an_account_that_is_just_being_deleted_is_neither_joined_nor_doubled() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        grace = add_person(an_organization(), Role.MEMBER, email=f"grace@{domain}")
        UserItem(identity_keys.user_partition(grace.id), identity_keys.PROFILE).delete()
        reply = signed_on(provider, grace.email)
    assert (reply.status, reply.json["code"]) == (503, "temporarily_unavailable")
    assert _members(organization, grace.email) == []


def test_who_is_removed_while_they_arrive_gets_no_session() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        email = f"ada@{domain}"
        removed: list[str] = []

        def remove_after_the_write(request: Request) -> None:
            if removed:
                return
            removed.append("begun")
            carry_out(request)
            (member,) = _members(organization, email)
            assert call("DELETE", f"/v1/members/{member['id']}", token=organization.owner.token).status == 204
            removed.append(member["id"])

        with instead_of("TransactWriteItems", remove_after_the_write):
            reply = signed_on(provider, email)
    assert len(removed) == 2
    assert (reply.status, reply.json["code"]) == _REFUSED


@pytest.mark.parametrize("name", [None, "", "   ", "line\x00feed", "x" * 201])
def test_a_name_that_is_none_is_replaced_by_the_local_part(name: str | None) -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        token = signed_on(provider, f"ada.quay@{domain}", name=name).json["accessToken"]
        assert call("GET", "/v1/account", token=token).json["name"] == "ada.quay"


def test_a_verified_domain_says_nothing_of_its_subdomains() -> None:
    with Provider() as provider:
        _, domain = an_organization_at(provider)
        assert call("POST", "/v1/auth/sso/start", body={"email": f"ada@eu.{domain}"}).status == 404
        assert signed_on(provider, f"ada@{domain}", email=f"ada@eu.{domain}").status == 401


def test_the_stream_says_who_joined_and_by_whom() -> None:
    with Provider() as provider:
        organization, domain = an_organization_at(provider)
        ada = _who(signed_on(provider, f"ada@{domain}"))
    images = [record["dynamodb"]["NewImage"] for record in records_of(organization.id)]
    (member,) = [image for image in images if image["SK"]["S"] == ada]
    assert member["changedBy"]["M"]["id"]["S"] == ada
    assert member["changedBy"]["M"]["type"]["S"] == "user"


def _accept_invitation(organization: StaffedOrganization, email: str, **account: str) -> None:
    body = {"token": an_invitation_token(organization, email), **account}
    assert call("POST", "/v1/invitations/accept", body=body).status == 200
