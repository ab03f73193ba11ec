"""Domains: what an organization may claim, and what is forced on whom."""

import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.ids import OrganizationId, new_id
from nexstock.single_sign_on.domains import is_shared, new_domain, record_name, record_value
from nexstock.single_sign_on.model import Domain, SingleSignOn


def _connection(*, enabled: bool = True, required: bool = True, verified: bool = True) -> SingleSignOn:
    now = utc_now()
    return SingleSignOn(
        id=OrganizationId(new_id("org", now)),
        version=1,
        created_at=now,
        updated_at=now,
        issuer="https://login.customer.example",
        client_id="nexstock",
        sealed_client_secret=b"sealed",
        domains=(Domain(name="a.example", token="t", is_verified=verified), new_domain("b.example")),
        enabled=enabled,
        required=required,
        jit_role=Role.MEMBER,
    )


@pytest.mark.parametrize("name", ["gmail.com", "outlook.com", "co.uk", "github.io"])
def test_what_strangers_share_is_nobodys(name: str) -> None:
    assert is_shared(name)
    assert not is_shared(f"harbour-supplies.{name.rpartition('.')[2]}")


def test_a_record_stands_below_a_name_of_its_own_and_is_new_each_time() -> None:
    first, second = new_domain("a.example"), new_domain("a.example")

    assert record_name(first) == record_name(second) == "_nexstock-challenge.a.example"
    assert record_value(first) != record_value(second)
    assert not first.is_verified


def test_people_of_verified_domains_come_in_and_no_others() -> None:
    connection = _connection()

    assert [connection.admits(name) for name in ("a.example", "b.example", "x.a.example", "")] == [True] + [False] * 3
    assert not _connection(enabled=False).admits("a.example")
    assert not _connection(verified=False).admits("a.example")


@pytest.mark.parametrize(
    ("enabled", "required", "verified"),
    [(False, True, True), (True, False, True), (True, True, False)],
)
def test_what_is_off_optional_or_not_usable_is_not_enforced(enabled: bool, required: bool, verified: bool) -> None:  # noqa: FBT001
    assert _connection().is_enforced
    assert not _connection(enabled=enabled, required=required, verified=verified).is_enforced
