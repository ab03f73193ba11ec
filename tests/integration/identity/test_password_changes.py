"""New passwords: by a mailed code, or by the present one; either ends the person's other sessions at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.principals import RequestOrigin
from nexstock.clock import utc_now
from nexstock.identity import challenges
from nexstock.identity.challenges import Purpose
from nexstock.identity.codes import LIFETIME, MAX_TRIES
from nexstock.identity.errors import InvalidCode
from nexstock.identity.password_changes import forgot_password
from nexstock.members.model import Member
from nexstock.members.repository import MemberRepository
from tests.support.api import Reply, call
from tests.support.mailbox import codes_to, mails_to
from tests.support.people import PASSWORD, Person, StaffedOrganization, add_person, an_email, an_organization, signed_in

_NEW = "copper meadow whistle 77"
_ORIGIN = RequestOrigin(request_id="test", ip="203.0.113.7", user_agent="tests/1")


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


def _code(email: str) -> str:
    assert call("POST", "/v1/auth/password/forgot", body={"email": email}).status == 202
    return codes_to(email)[-1]


def _reset(email: str, code: str, password: str = _NEW) -> Reply:
    return call("POST", "/v1/auth/password/reset", body={"email": email, "code": code, "newPassword": password})


def _log_in(email: str, password: str) -> int:
    return call("POST", "/v1/auth/login", body={"email": email, "password": password}).status


def test_a_code_sets_a_new_password_once_and_ends_every_session(person: Person) -> None:
    code = _code(person.email)
    assert _reset(person.email, code).status == 204
    assert _reset(person.email, code).json["code"] == "invalid_code"
    assert (_log_in(person.email, PASSWORD), _log_in(person.email, _NEW)) == (401, 200)
    assert call("GET", "/v1/products", token=person.token).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": person.refresh_token}).status == 401
    assert mails_to(person.email)[-1]["template"] == "password_changed"


@pytest.mark.asvs("6.5.1")
def test_two_uses_of_one_code_at_once_have_one_winner(person: Person) -> None:
    now = utc_now()
    digits = challenges.issue(person.id, Purpose.RESET_PASSWORD, now)

    def use(_number: int) -> bool:
        try:
            challenges.redeem(person.id, Purpose.RESET_PASSWORD, digits, now)
        except InvalidCode:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(50))) == 1


@pytest.mark.asvs("6.6.3")
def test_a_code_takes_five_tries_and_then_not_even_the_right_one(person: Person) -> None:
    code = _code(person.email)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    assert [_reset(person.email, wrong).status for _ in range(MAX_TRIES)] == [422] * MAX_TRIES
    assert _reset(person.email, code).status == 422
    assert _log_in(person.email, PASSWORD) == 200


@pytest.mark.asvs("6.5.5")
def test_a_code_ends_after_ten_minutes_and_with_the_next_one(person: Person) -> None:
    now = utc_now()
    assert timedelta(seconds=600) == LIFETIME
    for age_s in (600, 601):
        old = challenges.issue(person.id, Purpose.RESET_PASSWORD, now - timedelta(seconds=age_s))
        with pytest.raises(InvalidCode):
            challenges.redeem(person.id, Purpose.RESET_PASSWORD, old, now)
    young = challenges.issue(person.id, Purpose.RESET_PASSWORD, now - timedelta(seconds=599))
    challenges.redeem(person.id, Purpose.RESET_PASSWORD, young, now)
    first = challenges.issue(person.id, Purpose.RESET_PASSWORD, now)
    second = challenges.issue(person.id, Purpose.RESET_PASSWORD, now)
    if first != second:
        with pytest.raises(InvalidCode):
            challenges.redeem(person.id, Purpose.RESET_PASSWORD, first, now)
    challenges.redeem(person.id, Purpose.RESET_PASSWORD, second, now)


def test_a_code_is_no_good_for_another_person(home: StaffedOrganization, person: Person) -> None:
    other = add_person(home, Role.MEMBER)
    assert _reset(other.email, _code(person.email)).status == 422


@pytest.mark.asvs("6.3.8")
def test_an_unknown_address_gets_the_same_answer_and_no_mail(person: Person) -> None:
    nobody = an_email()
    known, unknown = (
        call("POST", "/v1/auth/password/forgot", body={"email": email}) for email in (person.email, nobody)
    )
    assert (known.status, known.text) == (unknown.status, unknown.text)
    assert {mail["template"] for mail in mails_to(nobody)} == {"nothing"}
    assert _reset(nobody, "000000").json["code"] == "invalid_code"


def test_a_password_that_is_not_acceptable_leaves_the_code_good(person: Person) -> None:
    code = _code(person.email)
    assert _reset(person.email, code, "too short").json["errors"][0]["pointer"] == "/newPassword"
    assert _reset(person.email, code).status == 204


@pytest.mark.asvs("6.2.2", "7.4.3")
def test_changing_the_password_ends_the_other_sessions_and_spares_this_one(
    home: StaffedOrganization, person: Person
) -> None:
    elsewhere = signed_in(home.id, _member(home, person), now=utc_now() - timedelta(minutes=1))
    body = {"currentPassword": PASSWORD, "newPassword": _NEW}
    assert call("POST", "/v1/account/password", token=person.token, body=body).status == 204
    assert call("GET", "/v1/products", token=person.token).status == 200
    assert call("GET", "/v1/products", token=elsewhere.token).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": person.refresh_token}).status == 200
    assert (_log_in(person.email, PASSWORD), _log_in(person.email, _NEW)) == (401, 200)


@pytest.mark.asvs("6.2.3")
def test_the_present_password_is_asked_for_and_counts_against_the_lock(person: Person) -> None:
    body = {"currentPassword": "not the password at all", "newPassword": _NEW}
    for _ in range(5):
        refused = call("POST", "/v1/account/password", token=person.token, body=body)
        assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/currentPassword")
    right = call("POST", "/v1/account/password", token=person.token, body={**body, "currentPassword": PASSWORD})
    assert right.status == 422
    assert _log_in(person.email, PASSWORD) == 401


def test_a_reset_ends_a_lock(person: Person) -> None:
    for _ in range(5):
        assert _log_in(person.email, "not the password at all") == 401
    assert _reset(person.email, _code(person.email)).status == 204
    assert _log_in(person.email, _NEW) == 200


@pytest.mark.asvs("7.5.2")
def test_sessions_are_listed_newest_first_and_end_one_by_one(home: StaffedOrganization, person: Person) -> None:
    later = signed_in(home.id, _member(home, person), now=utc_now() + timedelta(seconds=1))
    listed = call("GET", "/v1/account/sessions", token=person.token).json["items"]
    assert [(item["id"], item["isCurrent"]) for item in listed] == [
        (later.session_id, False),
        (person.session_id, True),
    ]
    assert call("DELETE", f"/v1/account/sessions/{later.session_id}", token=person.token).status == 204
    assert call("GET", "/v1/products", token=later.token).status == 401
    assert call("DELETE", f"/v1/account/sessions/{later.session_id}", token=person.token).status == 404
    assert len(call("GET", "/v1/account/sessions", token=person.token).json["items"]) == 1


@pytest.mark.asvs("7.2.4")
def test_switching_opens_a_session_there_and_ends_the_one_here(home: StaffedOrganization, person: Person) -> None:
    body = {"organizationId": home.id, "refreshTokenDelivery": "body"}
    switched = call("POST", "/v1/auth/switch", token=person.token, body=body)
    assert (switched.status, switched.json["organizationId"]) == (200, home.id)
    assert call("GET", "/v1/products", token=switched.json["accessToken"]).status == 200
    assert call("GET", "/v1/products", token=person.token).status == 401


def test_forgetting_does_the_same_work_for_known_and_unknown_addresses(person: Person) -> None:
    # What is written and queued is the same, so there is nothing to measure; the mail itself is dropped by its sender.
    for email in (person.email, an_email()):
        before = len(mails_to(email))
        forgot_password(email, _ORIGIN)
        assert len(mails_to(email)) == before + 1


def _member(home: StaffedOrganization, person: Person) -> Member:
    return MemberRepository(home.tenant()).get(person.id)
