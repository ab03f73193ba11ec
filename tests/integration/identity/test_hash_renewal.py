"""Hashes of another cost or pepper are made anew at the next sign-in, whatever else happens to the password."""

from dataclasses import astuple
from datetime import timedelta

import pytest

from nexstock.auth.passwords import COST, PasswordHash, hash_password, is_outdated, verify_password
from nexstock.auth.permissions import Role
from nexstock.auth.principals import RequestOrigin
from nexstock.clock import utc_now
from nexstock.identity.people import renew_hash, store_password
from nexstock.identity.schemas import LogIn
from nexstock.identity.sign_in import SignedIn, log_in
from nexstock.persistence.versions import FIRST_VERSION
from tests.support.api import Reply, call
from tests.support.calls import recorded_calls
from tests.support.outdated import OLD_PEPPER, an_old_hash, store_hash, stored_hash
from tests.support.people import PASSWORD, Person, StaffedOrganization, add_person, an_organization
from tests.support.table_faults import error_answer, instead_of

_OUTDATED = [{"cost": 4}, {"pepper_version": OLD_PEPPER, "cost": 4}, {"pepper_version": OLD_PEPPER}]


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


def _log_in(person: Person, password: str = PASSWORD) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": person.email, "password": password})


@pytest.mark.parametrize("how", _OUTDATED, ids=str)
def test_right_password_renews_a_hash_of_another_cost_or_pepper(person: Person, how: dict[str, object]) -> None:
    old = an_old_hash(PASSWORD, **how)  # type: ignore[arg-type]
    store_hash(person.id, old)

    assert _log_in(person).status == 200

    renewed = stored_hash(person.id)
    assert renewed.value.startswith(f"$2b${COST}$")
    assert renewed.pepper_version == FIRST_VERSION
    assert not is_outdated(renewed)
    assert verify_password(PASSWORD, renewed)
    assert call("GET", "/v1/products", token=person.token).status == 200
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": person.refresh_token}).status == 200


def test_wrong_password_renews_nothing(person: Person) -> None:
    old = an_old_hash(PASSWORD, cost=4, pepper_version=OLD_PEPPER)
    store_hash(person.id, old)

    assert _log_in(person, "not the password at all").status == 401

    assert astuple(stored_hash(person.id)) == astuple(old)


def test_present_hash_is_left_alone(person: Person) -> None:
    present = stored_hash(person.id)

    with recorded_calls() as recording:
        assert _log_in(person).status == 200

    assert astuple(stored_hash(person.id)) == astuple(present)
    assert recording.operations.count("UpdateItem") == 4


def test_password_changed_meanwhile_stays(person: Person) -> None:
    old = an_old_hash(PASSWORD, cost=4)
    store_hash(person.id, old)
    changed = an_old_hash("copper meadow whistle 77", cost=4)
    store_password(person.id, changed, utc_now(), spared=None)

    assert not renew_hash(person.id, old, PasswordHash("renewed", FIRST_VERSION))

    assert astuple(stored_hash(person.id)) == astuple(changed)


def test_of_two_renewals_at_one_moment_the_password_is_good_after_either(person: Person) -> None:
    old = an_old_hash(PASSWORD, cost=4)
    store_hash(person.id, old)
    first = hash_password(PASSWORD)

    assert [renew_hash(person.id, old, first), renew_hash(person.id, old, hash_password(PASSWORD))] == [True, False]

    assert astuple(stored_hash(person.id)) == astuple(first)


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalServerError"])
def test_write_that_fails_fails_no_sign_in(person: Person, code: str) -> None:
    old = an_old_hash(PASSWORD, cost=4)
    store_hash(person.id, old)

    with instead_of(
        "UpdateItem", lambda request: error_answer(request, code) if b"passwordHash" in request.body else None
    ):
        assert _log_in(person).status == 200

    assert astuple(stored_hash(person.id)) == astuple(old)
    assert _log_in(person).status == 200
    assert not is_outdated(stored_hash(person.id))


@pytest.mark.asvs("6.2.10")
def test_password_is_good_for_as_long_as_nobody_changes_it(person: Person) -> None:
    store_hash(person.id, an_old_hash(PASSWORD, cost=4, pepper_version=OLD_PEPPER))
    elsewhere = RequestOrigin("test", "198.51.100.77", "tests/1")
    in_ten_years = utc_now() + timedelta(days=3653)

    entered = log_in(LogIn(email=person.email, password=PASSWORD), elsewhere, clock=lambda: in_ten_years)

    assert isinstance(entered, SignedIn)
