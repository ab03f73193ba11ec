"""What the audit log says beside changes: who signed in, who failed to, who was refused, and who read the log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.aws import client
from nexstock.clock import to_rfc3339, utc_now
from nexstock.identity import sessions
from nexstock.identity.lockout import MAX_FAILURES, Attempt
from nexstock.identity.memberships import memberships_of
from nexstock.identity.people import get_person
from nexstock.identity.sign_in import Way, enter
from nexstock.persistence.keys import Kind
from tests.support.api import Reply, call
from tests.support.crashes import crash_points
from tests.support.people import ORIGIN, PASSWORD, StaffedOrganization, an_email, an_organization
from tests.support.second_factors import with_totp
from tests.support.security_events import audited, note, record, said_of, told
from tests.support.stock import items_of

_WRONG: Final = "not the password at all"


@pytest.fixture
def home() -> StaffedOrganization:
    return an_organization()


def _log_in(email: str, password: str = PASSWORD) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": password})


def _recorded(home: StaffedOrganization, act: Callable[[], Any]) -> list[Any]:
    """Do something, have what it told recorded, and return what the log says of it."""
    before = len(audited(home.id))
    with told() as bodies:
        act()
    record(bodies)
    return audited(home.id)[before:]


def test_sign_in_is_recorded_where_its_session_is_with_the_way_and_from_where(home: StaffedOrganization) -> None:
    reply = _log_in(home.member.email)

    (facts,) = audited(home.id)
    assert reply.status == 200
    assert (facts.action, facts.resource["kind"]) == ("sign_in.succeeded", "session")
    assert facts.actor == {"type": "user", "id": home.member.id, "name": home.member.name}
    assert (facts.ip, said_of(facts)) == ("203.0.113.7", {"by": "password"})
    newest, *_ = sessions.list_open(get_person(home.member.id), home.member.id, utc_now())
    assert newest.sk.endswith(facts.resource["id"])


def test_session_and_its_record_begin_together_whatever_crashes(home: StaffedOrganization) -> None:
    person = home.member
    (membership,) = memberships_of(person.id, [home.id])
    for point in crash_points():
        with point:
            enter(person.id, membership, ORIGIN, utc_now(), way=Way.PASSWORD)
        opened = sessions.list_open(get_person(person.id), person.id, utc_now())
        # One session was there before.
        assert len(opened) - 1 == len(audited(home.id)), point


def test_wrong_password_is_recorded_where_its_owner_belongs_and_names_nobody_as_its_author(
    home: StaffedOrganization,
) -> None:
    (facts,) = _recorded(home, lambda: _log_in(home.member.email, _WRONG))

    assert (facts.action, facts.resource) == ("sign_in.failed", {"kind": "member", "id": home.member.id})
    assert (facts.actor["type"], facts.actor["id"], facts.ip) == ("anonymous", "anonymous", "203.0.113.7")
    assert said_of(facts) == {"by": "password"}


def test_wrong_password_of_nobody_is_told_of_alike_and_recorded_nowhere(home: StaffedOrganization) -> None:
    email = an_email()
    with told() as bodies:
        _log_in(email, _WRONG)

    (body,) = bodies
    assert note(body)["failedSignIn"]["email"] == email
    record(bodies)
    assert audited(home.id) == []


def test_wrong_passwords_are_recorded_until_they_lock_the_account_and_no_further(home: StaffedOrganization) -> None:
    for _ in range(MAX_FAILURES - 1):
        Attempt(home.member.email, utc_now()).failed()

    def guess() -> None:
        for _ in range(3):
            _log_in(home.member.email, _WRONG)

    assert len(_recorded(home, guess)) == 1


def test_wrong_second_factor_is_recorded(home: StaffedOrganization) -> None:
    with_totp(home.member.token)
    waiting = _log_in(home.member.email).json

    def guess() -> None:
        body = {"mfaToken": waiting["mfaToken"], "code": "000000"}
        assert call("POST", "/v1/auth/login/mfa", body=body).status == 401

    (facts,) = _recorded(home, guess)

    assert (facts.action, said_of(facts)) == ("sign_in.failed", {"by": "second_factor"})


def test_second_factors_are_recorded_as_they_come_and_go(home: StaffedOrganization) -> None:
    with_totp(home.member.token)

    (facts,) = audited(home.id)

    assert (facts.action, facts.actor["id"], said_of(facts)) == (
        "second_factor.added",
        home.member.id,
        {"factor": "totp"},
    )
    assert facts.resource == {"kind": "member", "id": home.member.id}


@pytest.mark.parametrize(
    ("credential", "method", "path", "operation", "requires"),
    [
        ("member", "GET", "/v1/api-keys", "GET /v1/api-keys", "api_keys:admin"),
        ("read_key", "POST", "/v1/products", "POST /v1/products", "products:write"),
        ("admin_key", "GET", "/v1/account", "GET /v1/account", "signed_in"),
        ("member", "DELETE", "/v1/members/x", "DELETE /v1/members/{member_id}", "members:admin"),
    ],
)
def test_refusal_is_recorded_with_who_was_refused_what(  # noqa: PLR0913 (the parts of a case)
    home: StaffedOrganization, credential: str, method: str, path: str, operation: str, requires: str
) -> None:
    token = home.credentials[credential]

    (facts,) = _recorded(home, lambda: call(method, path, token=token, body={}))

    assert (facts.action, facts.resource) == ("access.refused", {"kind": "operation", "id": operation})
    assert facts.actor["type"] == ("api_key" if credential.endswith("key") else "user")
    assert said_of(facts) == {"requires": requires, "problem": "forbidden"}


def test_what_is_refused_again_within_the_hour_is_recorded_once(home: StaffedOrganization) -> None:
    def ask() -> None:
        for path in ("/v1/api-keys", "/v1/api-keys", "/v1/invitations"):
            assert call("GET", path, token=home.member.token).status == 403

    first, second = _recorded(home, ask)

    assert {first.resource["id"], second.resource["id"]} == {"GET /v1/api-keys", "GET /v1/invitations"}


def test_note_of_another_hour_is_recorded_once_more(home: StaffedOrganization) -> None:
    with told() as bodies:
        call("GET", "/v1/api-keys", token=home.member.token)
    present = note(bodies[0])["event"]["at"]
    later = bodies[0].replace(present, to_rfc3339(utc_now() + timedelta(hours=1)))

    for body in (*bodies, later, *bodies, later):
        record([body])

    assert len(audited(home.id)) == 2


def test_what_is_allowed_is_told_of_by_nobody(home: StaffedOrganization) -> None:
    with told() as bodies:
        for credential in home.credentials.values():
            assert call("GET", "/v1/products", token=credential).status == 200

    assert bodies == []


def test_refusal_that_cannot_be_told_of_is_a_refusal_all_the_same(
    home: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client("sqs"), "send_message", _fails, raising=False)

    assert call("GET", "/v1/api-keys", token=home.member.token).status == 403
    assert _log_in(home.member.email, _WRONG).status == 401


def test_who_reads_the_log_is_in_it_once_an_hour_for_each_way_to_read_it(home: StaffedOrganization) -> None:
    def read() -> None:
        for credential in ("owner", "owner", "admin_key"):
            assert call("GET", "/v1/audit-logs", token=home.credentials[credential]).status == 200

    first, second = _recorded(home, read)

    assert {first.action, second.action} == {"audit_log.read"}
    assert {first.actor["type"], second.actor["type"]} == {"user", "api_key"}
    assert said_of(first) == {"read": "list"}


def test_log_is_shown_to_nobody_whose_reading_cannot_be_recorded(
    home: StaffedOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client("sqs"), "send_message", _fails, raising=False)

    assert call("GET", "/v1/audit-logs", token=home.owner.token).status == 500


def test_events_go_after_two_weeks_and_that_says_nothing(home: StaffedOrganization) -> None:
    _log_in(home.member.email)

    (item,) = items_of(home.id, Kind.SECURITY_EVENT)

    ends = float(item["expiresAt"]["N"])
    assert ends == pytest.approx((utc_now() + timedelta(days=14)).timestamp(), abs=60)
    assert len(audited(home.id)) == 1


def test_person_of_many_organizations_is_told_of_in_each(home: StaffedOrganization) -> None:
    body = {"name": "Second Goods"}
    other = call("POST", "/v1/organizations", token=home.owner.token, body=body).json["id"]

    (here,) = _recorded(home, lambda: _log_in(home.owner.email, _WRONG))
    (there,) = audited(other)

    assert replace(here, id=there.id) == there


def _fails(**_message: object) -> None:
    message = "the queue is away"
    raise ConnectionError(message)
