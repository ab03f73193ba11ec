"""How long sessions last, unused and in use, and how many a person has: the limits to the second and to the one."""

from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from nexstock.auth.credentials import authenticate
from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity import sessions
from nexstock.identity.items import SessionItem
from nexstock.identity.people import get_person
from nexstock.identity.refresh_tokens import RefreshToken
from nexstock.identity.sessions import ABSOLUTE_LIFETIME, IDLE_LIFETIME, MAX_OPEN, OpenSession, SessionEnded
from nexstock.ids import SessionId, UserId, new_id
from nexstock.persistence.identity_keys import session_sort_key, user_partition
from tests.support.api import call
from tests.support.containers import at_once
from tests.support.people import ORIGIN, PASSWORD, Person, StaffedOrganization, add_person, an_organization

_SECOND: Final = timedelta(seconds=1)


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


def _opened(home: StaffedOrganization, user_id: UserId, at: datetime) -> OpenSession:
    return sessions.open_session(user_id, home.id, ORIGIN, at)


def _open(person: Person, at: datetime) -> list[str]:
    found = sessions.list_open(get_person(person.id), person.id, at)
    return [session.sk.removeprefix(session_sort_key("")) for session in found]


@pytest.mark.asvs("7.3.1")
def test_session_that_nobody_uses_ends_after_fourteen_days_to_the_second(home: StaffedOrganization) -> None:
    began, user_id = datetime(2026, 3, 1, tzinfo=UTC), UserId(new_id("usr", utc_now()))
    assert timedelta(days=14) == IDLE_LIFETIME
    for late in (timedelta(0), _SECOND):
        with pytest.raises(SessionEnded):
            sessions.rotate(_opened(home, user_id, began).token, began + IDLE_LIFETIME + late)

    token = sessions.rotate(_opened(home, user_id, began).token, began + IDLE_LIFETIME - _SECOND).token
    # Used in the last second, it has fourteen days more.
    assert sessions.rotate(token, began + 2 * IDLE_LIFETIME - 2 * _SECOND).user_id == user_id


@pytest.mark.asvs("7.3.2")
def test_session_in_use_ends_after_thirty_days_to_the_second(home: StaffedOrganization) -> None:
    began, user_id = datetime(2026, 3, 1, tzinfo=UTC), UserId(new_id("usr", utc_now()))
    assert timedelta(days=30) == ABSOLUTE_LIFETIME
    token = _opened(home, user_id, began).token
    # Every hour, as a browser that is always open does.
    for hours in range(1, 30 * 24):
        token = sessions.rotate(token, began + timedelta(hours=hours)).token
    token = sessions.rotate(token, began + ABSOLUTE_LIFETIME - _SECOND).token

    for late in (timedelta(0), _SECOND):
        with pytest.raises(SessionEnded):
            sessions.rotate(token, began + ABSOLUTE_LIFETIME + late)


@pytest.mark.asvs("7.3.1", "7.3.2")
@pytest.mark.parametrize("limit", ["idle_ends_at", "ends_at"])
def test_access_token_is_worth_nothing_from_the_sessions_last_second_on(person: Person, limit: str) -> None:
    now = utc_now()
    for ends_in, lets_in in ((_SECOND, True), (timedelta(0), False), (-_SECOND, False)):
        item = SessionItem(user_partition(person.id), session_sort_key(person.session_id))
        item.update([getattr(SessionItem, limit).set(now + ends_in)])
        try:
            assert authenticate(person.token, now, ORIGIN.ip).user_id == person.id
            assert lets_in
        except Unauthenticated:
            assert not lets_in


@pytest.mark.asvs("7.1.2")
def test_one_session_too_many_ends_the_oldest_and_no_other(home: StaffedOrganization, person: Person) -> None:
    now = utc_now()
    for number in range(1, MAX_OPEN):
        _opened(home, person.id, now + number * _SECOND)
    assert MAX_OPEN == 50
    assert len(standing := _open(person, now)) == MAX_OPEN
    assert standing[-1] == person.session_id

    newest = _opened(home, person.id, now + MAX_OPEN * _SECOND)

    assert _open(person, now) == [newest.session_id, *standing[:-1]]
    assert call("GET", "/v1/products", token=person.token).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": person.refresh_token}).status == 401
    assert sessions.rotate(newest.token, now).session_id == newest.session_id


@pytest.mark.asvs("7.1.2")
def test_sign_in_keeps_to_the_limit_and_sessions_that_ended_do_not_count(
    home: StaffedOrganization, person: Person
) -> None:
    now = utc_now()
    for number in range(1, MAX_OPEN):
        ended = _opened(home, person.id, now - number * _SECOND)
        sessions.revoke(person.id, SessionId(ended.session_id), now)
    body = {"email": person.email, "password": PASSWORD}

    assert call("POST", "/v1/auth/login", body=body).status == 200
    assert call("GET", "/v1/products", token=person.token).status == 200
    assert len(_open(person, now)) == 2


@pytest.mark.asvs("7.1.2")
def test_sign_ins_at_one_moment_leave_no_more_than_the_limit(home: StaffedOrganization, person: Person) -> None:
    now = utc_now()
    for number in range(1, MAX_OPEN):
        _opened(home, person.id, now + number * _SECOND)
    later = now + 100 * _SECOND

    outcomes = at_once([lambda: _opened(home, person.id, later)] * 4)

    opened = {outcome.value.session_id for outcome in outcomes if outcome.value is not None}
    assert len(opened) == 4
    assert opened <= set(standing := _open(person, later))
    assert len(standing) == MAX_OPEN


@pytest.mark.asvs("7.2.3")
def test_refresh_tokens_are_of_256_random_bits_and_none_comes_twice() -> None:
    user_id, session_id = UserId(new_id("usr", utc_now())), SessionId(new_id("ses", utc_now()))
    secrets = [RefreshToken.generate(user_id, session_id).secret for _ in range(100_000)]

    assert {len(secret) for secret in secrets} == {32}
    assert len(set(secrets)) == len(secrets)
    # Each bit is set in half of them; eight standard deviations to either side are met once in 10^15 runs of one bit.
    ones = [0] * 256
    for secret in secrets[:10_000]:
        number = int.from_bytes(secret, "big")
        for bit in range(256):
            ones[bit] += number >> bit & 1
    assert max(abs(count - 5_000) for count in ones) < 400


@pytest.mark.asvs("7.2.2", "7.2.3")
def test_ids_that_are_known_to_others_open_nothing_without_the_secret(person: Person) -> None:
    guessed = RefreshToken(person.id, person.session_id, bytes(32))

    assert call("POST", "/v1/auth/refresh", body={"refreshToken": guessed.text}).status == 401


@pytest.mark.asvs("7.2.4")
def test_every_sign_in_and_refresh_gives_a_session_or_token_of_its_own(person: Person) -> None:
    body = {"email": person.email, "password": PASSWORD, "refreshTokenDelivery": "body"}
    first, second = (call("POST", "/v1/auth/login", body=body).json for _ in range(2))
    third = call("POST", "/v1/auth/refresh", body={"refreshToken": second["refreshToken"]}).json

    for name in ("accessToken", "refreshToken"):
        assert len({first[name], second[name], third[name], person.token, person.refresh_token}) == 5
