"""Locks: five wrong passwords in a row, then none for a while that doubles; sessions and resets stay open."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from nexstock.identity.lockout import FIRST_LOCK, LONGEST_LOCK, MAX_FAILURES, Attempt, unlock
from tests.support.api import Reply, call
from tests.support.mailbox import mails_to
from tests.support.people import PASSWORD, StaffedOrganization, an_email, an_organization

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_WRONG = "not the password at all"

pytestmark = pytest.mark.usefixtures("platform")


def _log_in(email: str, password: str) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": password})


def _locked(email: str, at: datetime) -> timedelta | None:
    lock = None
    for _ in range(MAX_FAILURES):
        attempt = Attempt(email, at)
        assert attempt.is_allowed
        lock = attempt.failed()
    return lock


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_the_sixth_attempt_after_five_failures_is_not_looked_at() -> None:
    email = an_email()
    assert _locked(email, _NOW) == FIRST_LOCK
    assert not Attempt(email, _NOW).is_allowed
    assert not Attempt(email, _NOW + FIRST_LOCK - timedelta(seconds=1)).is_allowed
    assert Attempt(email, _NOW + FIRST_LOCK).is_allowed


def test_a_lock_doubles_each_time_up_to_a_day() -> None:
    email, at = an_email(), _NOW
    locks = []
    for _ in range(9):
        lock = _locked(email, at)
        assert lock is not None
        locks.append(lock)
        at += lock
    assert locks == [min(FIRST_LOCK * 2**n, LONGEST_LOCK) for n in range(9)]
    assert locks[-1] == LONGEST_LOCK


def test_success_forgets_earlier_failures() -> None:
    email = an_email()
    for _ in range(MAX_FAILURES - 1):
        Attempt(email, _NOW).failed()
    Attempt(email, _NOW).succeeded()
    assert _locked(email, _NOW) == FIRST_LOCK


def test_unlocking_ends_a_lock_at_once() -> None:
    email = an_email()
    _locked(email, _NOW)
    unlock(email)
    assert Attempt(email, _NOW).is_allowed


def test_parallel_guesses_get_no_more_than_five_looks() -> None:
    email = an_email()
    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(lambda _: Attempt(email, _NOW).is_allowed, range(40)))
    assert sum(looks) == MAX_FAILURES


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.mark.asvs("6.1.1", "6.3.8")
@pytest.mark.asvs("6.3.5")
def test_a_locked_account_answers_like_a_wrong_password_and_its_owner_is_told(home: StaffedOrganization) -> None:
    email = home.member.email
    answers = [_log_in(email, _WRONG) for _ in range(MAX_FAILURES)]
    answers += [_log_in(email, PASSWORD), _log_in(an_email(), _WRONG)]
    assert {answer.status for answer in answers} == {401}
    assert {answer.json["detail"] for answer in answers} == {answers[0].json["detail"]}
    (notice,) = [mail for mail in mails_to(email) if mail["template"] == "account_locked"]
    assert (notice["value_ip"], notice["value_minutes"]) == ("203.0.113.7", "15")
    assert call("GET", "/v1/products", token=home.member.token).status == 200


def test_an_unknown_address_is_locked_like_a_known_one_and_nobody_is_told() -> None:
    email = an_email()
    for _ in range(MAX_FAILURES + 1):
        assert _log_in(email, _WRONG).status == 401
    assert [mail["template"] for mail in mails_to(email)] == ["nothing"]
