"""Locks of networks: so many wrong passwords over all accounts, then none for a while; the rest stays open."""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from nexstock.auth.principals import RequestOrigin
from nexstock.config import LockPolicy
from nexstock.errors import TooManyRequests
from nexstock.identity.lockout import Attempt, NetworkAttempt
from tests.support.api import Reply, call
from tests.support.crashes import CrashPoint
from tests.support.mailbox import codes_to
from tests.support.people import PASSWORD, StaffedOrganization, an_email, an_organization
from tests.support.table_faults import error_answer, instead_of

_NOW: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
_WINDOW: Final = timedelta(minutes=15)
_DEPLOYED: Final = LockPolicy(max_failures=50, first_lock_s=900, longest_lock_s=86_400)
_FIVE: Final = LockPolicy(max_failures=5, first_lock_s=900, longest_lock_s=86_400)
_SMALL: Final = LockPolicy(max_failures=3, first_lock_s=900, longest_lock_s=86_400)


def _a_network() -> str:
    return f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"


def _attempt(network: str, at: datetime, policy: LockPolicy = _SMALL) -> NetworkAttempt:
    return NetworkAttempt(network, at, policy=policy)


def _lock(network: str, at: datetime) -> timedelta | None:
    return [_attempt(network, at).failed() for _ in range(_SMALL.max_failures)][-1]


def _log_in(email: str, ip: str, password: str = PASSWORD) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": password}, ip=ip)


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.mark.asvs("6.1.1", "6.3.1")
def test_network_is_locked_by_the_last_failure_and_for_twice_as_long_each_time() -> None:
    network, at, locks = _a_network(), _NOW, []
    for _ in range(9):
        lock = _lock(network, at)
        assert lock is not None
        assert not _attempt(network, at + lock - timedelta(seconds=1)).is_allowed
        locks.append(lock)
        at += lock

    assert locks == [min(_WINDOW * 2**n, timedelta(days=1)) for n in range(9)]


def test_failures_count_for_as_long_as_the_first_lock_from_the_first_of_them_on() -> None:
    network = _a_network()
    for seconds in (0, 898):
        assert _attempt(network, _NOW + timedelta(seconds=seconds)).failed() is None

    assert _attempt(network, _NOW + timedelta(seconds=900)).failed() is None
    assert _attempt(network, _NOW + timedelta(seconds=901)).failed() is None
    assert _attempt(network, _NOW + timedelta(seconds=902)).failed() == _WINDOW


def test_success_takes_back_its_own_count_and_no_others() -> None:
    network = _a_network()
    for _ in range(_SMALL.max_failures - 1):
        _attempt(network, _NOW).failed()
        own_account = _attempt(network, _NOW)
        assert own_account.is_allowed
        own_account.succeeded()

    assert _attempt(network, _NOW).failed() == _WINDOW


def test_networks_are_counted_apart() -> None:
    _lock(network := _a_network(), _NOW)

    assert not _attempt(network, _NOW).is_allowed
    assert _attempt(_a_network(), _NOW).is_allowed


def test_refusal_says_when_to_come_back() -> None:
    _lock(network := _a_network(), _NOW)

    with pytest.raises(TooManyRequests) as refused:
        _attempt(network, _NOW + timedelta(minutes=5)).require_allowed()

    assert refused.value.headers["Retry-After"] == "600"


def test_parallel_guesses_get_no_more_looks_than_are_allowed() -> None:
    network = _a_network()
    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(lambda _: _attempt(network, _NOW).is_allowed, range(20)))

    assert sum(looks) == _SMALL.max_failures


def test_parallel_attempts_when_the_time_is_over_are_all_counted() -> None:
    network = _a_network()
    _attempt(network, _NOW).failed()
    with ThreadPoolExecutor(8) as pool:
        looks = list(pool.map(lambda _: _attempt(network, _NOW + _WINDOW).is_allowed, range(8)))

    assert sum(looks) == _SMALL.max_failures


@pytest.mark.parametrize(
    "count", [lambda at: Attempt("crash@example.com", at), lambda at: _attempt("2001:db8::/64", at, _FIVE)]
)
def test_last_attempt_that_crashes_before_it_locks_leaves_that_to_the_next(
    count: Callable[[datetime], Attempt | NetworkAttempt],
) -> None:
    attempts = [count(_NOW) for _ in range(5)]
    with CrashPoint(1, after=False) as point:
        attempts[-1].failed()
    assert point.happened

    following = count(_NOW)
    assert not following.is_allowed
    assert following.failed() == _WINDOW
    assert count(_NOW).failed() is None
    assert count(_NOW + _WINDOW).is_allowed


def test_locked_network_is_refused_whatever_it_sends_and_nothing_is_counted(home: StaffedOrganization) -> None:
    ip = f"{_a_network()}::7"
    now = datetime.now(UTC)
    _lock(_network_of(ip), now)

    answers = [
        _log_in(home.owner.email, ip),
        _log_in(home.owner.email, ip.replace("::7", ":1:2:3:4"), "not the password at all"),
        *(_log_in(an_email(), ip) for _ in range(6)),
    ]

    assert {(answer.status, answer.json["code"]) for answer in answers} == {(429, "too_many_requests")}
    assert all(0 < int(answer.headers["Retry-After"]) <= 900 for answer in answers)
    assert {answer.json["detail"].rpartition("in ")[0] for answer in answers} == {
        "Too many wrong passwords came from your network; try again "
    }
    assert _log_in(home.owner.email, "198.51.100.1").status == 200


@pytest.mark.asvs("6.1.1")
def test_locked_network_keeps_its_sessions_and_may_set_a_new_password(home: StaffedOrganization) -> None:
    ip, person = f"{_a_network()}::7", home.member
    _lock(_network_of(ip), datetime.now(UTC))

    assert call("GET", "/v1/products", token=person.token, ip=ip).status == 200
    refreshed = call("POST", "/v1/auth/refresh", body={"refreshToken": person.refresh_token}, ip=ip)
    assert refreshed.status == 200
    body = {"email": person.email}
    assert call("POST", "/v1/auth/password/forgot", body=body, ip=ip).status == 202
    reset = {**body, "code": codes_to(person.email)[-1], "newPassword": "copper meadow whistle 77"}
    assert call("POST", "/v1/auth/password/reset", body=reset, ip=ip).status == 204


def test_failed_sign_ins_count_over_all_accounts_and_right_ones_do_not(home: StaffedOrganization) -> None:
    ip = f"{_a_network()}::7"
    assert _log_in(home.admin.email, ip).status == 200
    assert _log_in(home.admin.email, ip, "not the password at all").status == 401
    assert _log_in(an_email(), ip).status == 401

    following = NetworkAttempt(_network_of(ip), datetime.now(UTC), policy=_SMALL)

    assert following.failed() == _WINDOW


def test_throttled_table_answers_503_and_looks_at_no_password(home: StaffedOrganization) -> None:
    with instead_of("UpdateItem", lambda request: error_answer(request, "ProvisionedThroughputExceededException")):
        refused = _log_in(home.owner.email, "198.51.100.2")

    assert (refused.status, refused.json["code"]) == (503, "temporarily_unavailable")
    assert _log_in(home.owner.email, "198.51.100.2").status == 200


@pytest.mark.thorough
@pytest.mark.asvs("6.3.1")
def test_ten_thousand_guesses_in_a_day_from_one_network_get_no_more_looks_than_documented() -> None:
    # docs/threat-model.md: 350 from one network in its first day, 35 of them at one account.
    email, network, step = an_email(), _a_network(), timedelta(days=1) / 10_000
    from_network = at_account = 0
    for number in range(10_000):
        at = _NOW + number * step
        guess = _attempt(network, at, _DEPLOYED)
        if guess.is_allowed:
            from_network += 1
            guess.failed()
            attempt = Attempt(email, at)
            at_account += attempt.is_allowed
            attempt.failed()

    assert from_network <= 350
    assert at_account <= 35


@pytest.mark.asvs("6.3.1")
def test_guesses_at_one_account_from_everywhere_get_no_more_looks_than_documented() -> None:
    # The worst case: the guesses come from new networks all the time, and the moment that each lock ends.
    email, at, days = an_email(), _NOW, []
    while at < _NOW + timedelta(days=30):
        attempt = Attempt(email, at)
        assert attempt.is_allowed
        days.append((at - _NOW).days)
        at += attempt.failed() or timedelta(0)

    assert days.count(0) == 35
    assert max(days.count(day) for day in range(1, 30)) == 5


def _network_of(ip: str) -> str:
    return RequestOrigin("test", ip, "tests/1").network
