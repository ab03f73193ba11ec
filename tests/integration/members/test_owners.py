"""At least one owner, under any sequence and any interleaving of what members may do to each other."""

import contextlib
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from nexstock.members.owners import OwnerCountItem
from nexstock.persistence import keys
from nexstock.persistence.tables import connection
from tests.support.api import Reply, call
from tests.support.confirmations import is_good, step_up_headers
from tests.support.people import Person, StaffedOrganization, add_person, an_organization

pytestmark = pytest.mark.usefixtures("platform")

Deed = Callable[[StaffedOrganization, Person, Person], Reply]
"""What one member does to another, or to themselves."""


def _promote(_home: StaffedOrganization, by: Person, whom: Person) -> Reply:
    return call("PATCH", f"/v1/members/{whom.id}", token=by.token, body={"role": "owner"})


def _demote(_home: StaffedOrganization, by: Person, whom: Person) -> Reply:
    return call("PATCH", f"/v1/members/{whom.id}", token=by.token, body={"role": "member"})


def _remove(_home: StaffedOrganization, by: Person, whom: Person) -> Reply:
    return call("DELETE", f"/v1/members/{whom.id}", token=by.token)


def _hand_over(_home: StaffedOrganization, by: Person, to: Person) -> Reply:
    headers = step_up_headers(Action.TRANSFER_OWNERSHIP, by.token)
    path = "/v1/organization/transfer-ownership"
    return call("POST", path, token=by.token, body={"memberId": to.id}, headers=headers)


def _leave(_home: StaffedOrganization, by: Person, _whom: Person) -> Reply:
    headers = step_up_headers(Action.DELETE_ACCOUNT, by.token)
    return call("DELETE", "/v1/account", token=by.token, headers=headers)


DEEDS: Final[dict[str, Deed]] = {
    "promote": _promote,
    "demote": _demote,
    "remove": _remove,
    "hand over": _hand_over,
    "leave": _leave,
}


def _assert_owned(home: StaffedOrganization, witnesses: list[Person]) -> None:
    """Check that somebody owns the organization, and that the count is that of the owners."""
    token = next(person.token for person in witnesses if is_good(person.token))
    listed = call("GET", "/v1/members", token=token, query={"limit": "100"}).json["items"]
    owners = [member for member in listed if member["role"] == "owner"]
    partition = keys.tenant_partition(home.id, keys.Kind.OWNERS)
    assert len(owners) >= 1
    assert OwnerCountItem.get(partition, keys.OWNER_COUNT, consistent_read=True).owners == len(owners)


@given(
    deeds=st.lists(
        st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(0, 3), st.integers(0, 3)), min_size=3, max_size=10
    )
)
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_no_sequence_of_deeds_leaves_nobody_in_charge(deeds: list[tuple[str, int, int]]) -> None:
    home = an_organization()
    people = [home.owner, home.admin, home.member, add_person(home, Role.OWNER)]
    for name, by, whom in deeds:
        reply = DEEDS[name](home, people[by], people[whom])
        assert reply.status in {200, 204, 401, 403, 404, 409, 422}, reply.text
    _assert_owned(home, people)


@contextlib.contextmanager
def _in_between(number: int, deed: Callable[[], object]) -> Iterator[list[int]]:
    """Do something as a whole just before the n-th call to DynamoDB of what runs in the block."""
    calls = itertools.count(1)
    happened: list[int] = []

    def before(**_call: Any) -> None:  # noqa: ANN401 (botocore's hook)
        if not happened and next(calls) == number:
            happened.append(number)
            deed()

    events = connection().client.meta.events
    events.register("before-call", before)
    try:
        yield happened
    finally:
        events.unregister("before-call", before)


@pytest.mark.parametrize("first", sorted(DEEDS))
@pytest.mark.parametrize("second", sorted(DEEDS))
def test_no_interleaving_of_two_owners_deeds_leaves_nobody_in_charge(first: str, second: str) -> None:
    """One of two owners acts on the other, who acts back at each moment of the first one's request."""
    for number in itertools.count(1):
        home = an_organization()
        one, other = home.owner, add_person(home, Role.OWNER)

        def back(home: StaffedOrganization = home, one: Person = one, other: Person = other) -> None:
            DEEDS[second](home, other, one)

        with _in_between(number, back) as happened:
            DEEDS[first](home, one, other)
        _assert_owned(home, [one, other, home.admin, home.member])
        if not happened:
            assert number > 3
            break


def test_of_many_owners_who_all_leave_at_once_one_stays() -> None:
    home = an_organization()
    owners = [home.owner, *(add_person(home, Role.OWNER) for _ in range(5))]
    with ThreadPoolExecutor(len(owners)) as threads:
        replies = list(threads.map(lambda person: _leave(home, person, person), owners))
    assert {reply.status for reply in replies} <= {204, 409, 503}
    assert [reply.status for reply in replies].count(204) <= 5
    _assert_owned(home, [*owners, home.member])


def test_ownership_is_handed_over_as_one() -> None:
    home = an_organization()
    assert _hand_over(home, home.owner, home.member).status == 204
    roles = {
        member["id"]: member["role"] for member in call("GET", "/v1/members", token=home.admin.token).json["items"]
    }
    assert roles == {home.owner.id: "admin", home.admin.id: "admin", home.member.id: "owner"}
    refused = _hand_over(home, home.owner, home.admin)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    headers = step_up_headers(Action.TRANSFER_OWNERSHIP, home.member.token)
    path = "/v1/organization/transfer-ownership"
    own = call("POST", path, token=home.member.token, body={"memberId": home.member.id}, headers=headers)
    assert own.status == 422
