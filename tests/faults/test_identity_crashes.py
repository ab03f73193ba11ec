"""A crash around any call to AWS leaves a change of a person whole or not begun, and trying again completes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, Action
from nexstock.identity.people import email_owner, find_person
from nexstock.members.owners import OwnerCountItem
from nexstock.persistence import keys
from tests.support.api import Reply, call
from tests.support.confirmations import a_proof, an_email_code, is_good
from tests.support.crashes import crash_points
from tests.support.depth import sampled
from tests.support.invitations import an_invitation_token
from tests.support.people import PASSWORD, Person, StaffedOrganization, add_person, an_email, an_organization
from tests.support.sign_on_requests import lasting_provider
from tests.support.single_sign_on import a_domain, connected, signed_on
from tests.support.stock import stock_of

pytestmark = pytest.mark.usefixtures("platform")


@dataclass(frozen=True)
class _Case:
    """One change: the request, whether it is done, and how often it may have been done."""

    send: Callable[[], Reply]
    is_done: Callable[[], bool]
    done: int
    again: frozenset[int]
    """Statuses of the same request once it is done."""


def _moves(home: StaffedOrganization) -> _Case:
    new = an_email()
    code = an_email_code(home.member.token, new)

    def is_done() -> bool:
        moved = email_owner(new) == home.member.id
        # The address, the person and the member never disagree.
        person = find_person(home.member.id)
        assert person is not None
        shown = call("GET", f"/v1/members/{home.member.id}", token=home.owner.token).json["email"]
        assert (email_owner(home.member.email) is None, person.email == new, shown == new) == (moved, moved, moved)
        return moved

    path = "/v1/account/email/confirm"
    return _Case(
        lambda: call("POST", path, token=home.member.token, body={"code": code}), is_done, 204, frozenset({422})
    )


def _leaves(home: StaffedOrganization) -> _Case:
    second = add_person(home, Role.OWNER)
    proof = {HEADER: a_proof(second.token, Action.DELETE_ACCOUNT)}

    def is_done() -> bool:
        gone = find_person(second.id) is None
        member = call("GET", f"/v1/members/{second.id}", token=home.owner.token)
        assert (member.status == 404, email_owner(second.email) is None, not is_good(second.token)) == (gone,) * 3
        assert _owners(home) == (1 if gone else 2)
        return gone

    return _Case(
        lambda: call("DELETE", "/v1/account", token=second.token, headers=proof), is_done, 204, frozenset({401})
    )


def _joins(home: StaffedOrganization) -> _Case:
    email = an_email()
    body = {"token": an_invitation_token(home, email, "owner"), "name": "Ada", "password": PASSWORD}

    def is_done() -> bool:
        listed = call("GET", "/v1/members", token=home.owner.token).json["items"]
        joined = [member["email"] for member in listed].count(email)
        assert (email_owner(email) is not None) == bool(joined)
        assert _owners(home) == 1 + joined
        return joined == 1

    return _Case(lambda: call("POST", "/v1/invitations/accept", body=body), is_done, 200, frozenset({422}))


def _hands_over(home: StaffedOrganization) -> _Case:
    proof = {HEADER: a_proof(home.owner.token, Action.TRANSFER_OWNERSHIP)}
    body = {"memberId": home.member.id}

    def is_done() -> bool:
        roles = [_role(home, person) for person in (home.owner, home.member)]
        assert roles in (["owner", "member"], ["admin", "owner"])
        assert _owners(home) == 1
        return roles == ["admin", "owner"]

    path = "/v1/organization/transfer-ownership"
    return _Case(
        lambda: call("POST", path, token=home.owner.token, body=body, headers=proof), is_done, 204, frozenset({403})
    )


def _ends(home: StaffedOrganization) -> _Case:
    proof = {HEADER: a_proof(home.owner.token, Action.DELETE_ORGANIZATION)}
    return _Case(
        lambda: call("DELETE", "/v1/organization", token=home.owner.token, headers=proof),
        lambda: not is_good(home.member.token),
        202,
        frozenset({401}),
    )


def _arrives(home: StaffedOrganization) -> _Case:
    provider, domain = lasting_provider(), a_domain()
    connected(home, provider.issuer, domain)
    email = f"ada@{domain}"

    def is_done() -> bool:
        owner, links = email_owner(email), stock_of(home.id)["SINGLE_SIGN_ON_LINK 1"]
        listed = call("GET", "/v1/members", token=home.owner.token).json["items"]
        # The address, the person, the member and the link: all of them or none.
        is_person = owner is not None and find_person(owner) is not None
        assert [member["email"] for member in listed].count(email) == links == int(is_person) == int(owner is not None)
        return is_person

    return _Case(lambda: signed_on(provider, email), is_done, 200, frozenset({200}))


_CASES: Final = {
    "moves to another address": _moves,
    "leaves": _leaves,
    "joins": _joins,
    "hands over": _hands_over,
    "ends the organization": _ends,
    "arrives by single sign-on": _arrives,
}


def _owners(home: StaffedOrganization) -> int:
    partition = keys.tenant_partition(home.id, keys.Kind.OWNERS)
    return int(OwnerCountItem.get(partition, keys.OWNER_COUNT, consistent_read=True).owners)


def _role(home: StaffedOrganization, person: Person) -> str:
    return str(call("GET", f"/v1/members/{person.id}", token=home.admin.token).json["role"])


@pytest.mark.parametrize("name", sampled(_CASES, kept=frozenset(_CASES) - {"arrives by single sign-on", "joins"}))
def test_a_crash_leaves_all_or_nothing_and_trying_again_completes_it(name: str) -> None:
    crashes = 0
    for point in crash_points():
        case = _CASES[name](an_organization())
        with point:
            case.send()
        crashes += point.happened
        done = case.is_done()
        again = case.send()
        assert again.status in (case.again if done else {case.done}), (point, again.text)
        assert case.is_done(), point
    assert crashes >= 8
