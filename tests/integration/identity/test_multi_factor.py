"""Signing in with a second factor: no session without it, each code once, and five tries before a lock."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from nexstock.auth.permissions import Role
from nexstock.clock import utc_now
from nexstock.errors import Unauthenticated
from nexstock.identity import pending_sign_ins
from nexstock.identity.mfa_schemas import LogInWithSecondFactor
from nexstock.identity.multi_factor import log_in_with_second_factor
from nexstock.identity.people import get_person, recovery_codes_left
from nexstock.ids import OrganizationId
from nexstock.persistence import identity_keys
from tests.support.api import Reply, call
from tests.support.environment import table_name
from tests.support.logs import logged
from tests.support.mailbox import codes_to, mails_to
from tests.support.people import ORIGIN, PASSWORD, Person, StaffedOrganization, add_person, an_email, an_organization
from tests.support.second_factors import (
    a_wrong_code,
    forget_last_step,
    log_in,
    mfa_token,
    proof,
    second_step,
    waiting_sign_in,
    with_totp,
)

_WRONG = "not the password at all"
_RECOVERY = "/v1/account/mfa/recovery-codes"


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


def _without_instance(reply: Reply) -> dict[str, object]:
    return {name: value for name, value in reply.json.items() if name != "instance"}


@pytest.mark.asvs("6.3.3", "6.3.4")
def test_a_right_password_opens_no_session_of_who_has_a_second_factor(person: Person) -> None:
    app, _ = with_totp(person.token)
    asked = log_in(person.email)
    assert "Set-Cookie" not in asked.headers
    assert set(asked.json) == {"mfaRequired", "mfaToken", "methods", "expiresIn"}
    assert call("GET", "/v1/products", token=asked.json["mfaToken"]).status == 401
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": asked.json["mfaToken"]}).status == 401
    body = {"mfaToken": asked.json["mfaToken"], "code": app.now(), "refreshTokenDelivery": "body"}
    signed_in = call("POST", "/v1/auth/login/mfa", body=body)
    assert (signed_in.status, signed_in.json["role"]) == (200, "member")
    assert call("GET", "/v1/products", token=signed_in.json["accessToken"]).status == 200
    assert call("POST", "/v1/auth/refresh", body={"refreshToken": signed_in.json["refreshToken"]}).status == 200


def test_the_refresh_token_comes_as_a_cookie_unless_asked_for_in_the_body(
    home: StaffedOrganization, person: Person
) -> None:
    app, _ = with_totp(person.token)
    reply = second_step(waiting_sign_in(person, home), app.now())
    assert reply.headers["Set-Cookie"].startswith("__Secure-nexstock_refresh=nxr_")
    assert reply.json["refreshToken"] is None


@pytest.mark.asvs("6.3.8")
def test_a_second_factor_shows_only_after_the_right_password(home: StaffedOrganization, person: Person) -> None:
    plain = add_person(home, Role.MEMBER)
    with_totp(person.token)
    wrong = [log_in(email, _WRONG) for email in (person.email, plain.email, an_email())]
    assert {reply.status for reply in wrong} == {401}
    assert _without_instance(wrong[0]) == _without_instance(wrong[1]) == _without_instance(wrong[2])


@pytest.mark.asvs("6.5.1")
def test_a_code_of_a_step_is_used_once(home: StaffedOrganization, person: Person) -> None:
    app, _ = with_totp(person.token)
    now = utc_now()
    older, code = app.at(now, counter_offset=-1), app.at(now)
    assert second_step(waiting_sign_in(person, home), code).status == 200
    # A step before the one that was used counts for nothing either, although its time is not over.
    assert [second_step(waiting_sign_in(person, home), each).status for each in (code, older)] == [401, 401]
    forget_last_step(person.id)
    assert second_step(waiting_sign_in(person, home), code).status == 200


@pytest.mark.asvs("6.5.1")
@pytest.mark.parametrize("kind", ["totp", "recovery"])
def test_of_parallel_uses_of_one_code_exactly_one_counts(kind: str, home: StaffedOrganization, person: Person) -> None:
    app, codes = with_totp(person.token)
    code = app.now() if kind == "totp" else codes[0]
    tokens = [waiting_sign_in(person, home) for _ in range(5)]
    with ThreadPoolExecutor(5) as pool:
        statuses = sorted(pool.map(lambda token: second_step(token, code).status, tokens))
    assert statuses == [200, 401, 401, 401, 401]


def test_of_parallel_ends_of_one_sign_in_exactly_one_counts(home: StaffedOrganization, person: Person) -> None:
    _, codes = with_totp(person.token)
    token = waiting_sign_in(person, home)
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda code: second_step(token, code).status, codes[:4]))
    assert statuses == [200, 401, 401, 401]
    assert recovery_codes_left(person.id) == 9


@pytest.mark.asvs("6.6.3")
def test_a_sign_in_takes_five_tries(home: StaffedOrganization, person: Person) -> None:
    app, codes = with_totp(person.token)
    token = waiting_sign_in(person, home)
    wrong = [second_step(token, a_wrong_code(app)) for _ in range(4)]
    assert {reply.status for reply in wrong} == {401}
    assert second_step(token, codes[0]).status == 200
    token = waiting_sign_in(person, home)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            log_in_with_second_factor(_command(token, "AAAA-AAAA-AAAA"), ORIGIN)
    assert second_step(token, codes[1]).status == 401


def _command(token: str, code: str) -> LogInWithSecondFactor:
    return LogInWithSecondFactor.model_validate({"mfaToken": token, "code": code})


@pytest.mark.asvs("6.6.3")
def test_knowing_the_password_buys_five_guesses_before_a_lock_and_the_owner_is_told(
    home: StaffedOrganization, person: Person
) -> None:
    app, codes = with_totp(person.token)
    # A new sign-in for each guess: the guesses are counted over all of them.
    refused = [second_step(waiting_sign_in(person, home), a_wrong_code(app)) for _ in range(5)]
    assert [second_step(waiting_sign_in(person, home), good).status for good in (app.now(), codes[0])] == [401, 401]
    locked = second_step(waiting_sign_in(person, home), app.now())
    assert _without_instance(locked) == _without_instance(refused[0])
    (notice,) = [mail for mail in mails_to(person.email) if mail["template"] == "mfa_locked"]
    assert (notice["value_minutes"], notice["value_ip"]) == ("15", "203.0.113.7")
    assert call("GET", "/v1/products", token=person.token).status == 200
    later = utc_now() + timedelta(minutes=15, seconds=1)
    waiting = pending_sign_ins.begin(person.id, get_person(person.id), home.id, later)
    command = _command(waiting.token, app.at(later))
    assert log_in_with_second_factor(command, ORIGIN, clock=lambda: later).organization_id == home.id


def test_a_right_code_forgets_the_wrong_ones_before(home: StaffedOrganization, person: Person) -> None:
    app, _ = with_totp(person.token)
    for _ in range(2):
        token = waiting_sign_in(person, home)
        assert [second_step(token, a_wrong_code(app)).status for _ in range(4)] == [401] * 4
        assert second_step(token, app.now()).status == 200
        forget_last_step(person.id)


@pytest.mark.asvs("6.5.8", "6.6.2")
def test_a_sign_in_that_waits_ends_after_five_minutes_on_the_servers_clock(
    home: StaffedOrganization, person: Person
) -> None:
    app, _ = with_totp(person.token)
    now = utc_now()
    late, in_time = (pending_sign_ins.begin(person.id, get_person(person.id), home.id, now) for _ in range(2))
    end = now + pending_sign_ins.LIFETIME
    with pytest.raises(Unauthenticated):
        log_in_with_second_factor(_command(late.token, app.at(end)), ORIGIN, clock=lambda: end)
    just = end - timedelta(seconds=1)
    assert log_in_with_second_factor(_command(in_time.token, app.at(just)), ORIGIN, clock=lambda: just)


@pytest.mark.asvs("6.6.2")
def test_a_code_is_no_good_for_another_person_or_purpose(home: StaffedOrganization, person: Person) -> None:
    other = add_person(home, Role.MEMBER)
    app, codes = with_totp(person.token)
    with_totp(other.token)
    assert [second_step(waiting_sign_in(other, home), code).status for code in (app.now(), codes[0])] == [401, 401]
    assert call("POST", "/v1/auth/password/forgot", body={"email": person.email}).status == 202
    assert second_step(waiting_sign_in(person, home), codes_to(person.email)[-1]).status == 401
    reset = {"email": person.email, "code": app.now(), "newPassword": "copper meadow whistle 77"}
    assert call("POST", "/v1/auth/password/reset", body=reset).status == 422
    assert second_step(waiting_sign_in(person, home), codes[0]).status == 200


def test_a_new_password_ends_sign_ins_that_wait(home: StaffedOrganization, person: Person) -> None:
    app, _ = with_totp(person.token)
    token = mfa_token(person.email)
    body = {"currentPassword": PASSWORD, "newPassword": "copper meadow whistle 77"}
    assert call("POST", "/v1/account/password", token=person.token, body=body).status == 204
    assert second_step(token, app.now()).status == 401
    assert second_step(waiting_sign_in(person, home), app.now()).status == 200


def test_a_sign_in_goes_to_the_organization_that_the_password_was_given_for(person: Person) -> None:
    second = call("POST", "/v1/organizations", token=person.token, body={"name": "Second Harbour"}).json["id"]
    app, _ = with_totp(person.token)
    body = {"email": person.email, "password": PASSWORD, "organizationId": second}
    token = call("POST", "/v1/auth/login", body=body).json["mfaToken"]
    reply = second_step(token, app.now())
    assert (reply.json["organizationId"], reply.json["role"]) == (second, "owner")
    foreign = {**body, "organizationId": OrganizationId("org_01JD0000000000000000000000")}
    assert call("POST", "/v1/auth/login", body=foreign).status == 401


def test_a_recovery_code_is_read_as_people_write_it_and_the_owner_is_told(
    home: StaffedOrganization, person: Person
) -> None:
    _, codes = with_totp(person.token)
    written = codes[0].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert second_step(waiting_sign_in(person, home), written).status == 200
    assert second_step(waiting_sign_in(person, home), codes[0]).status == 401
    assert recovery_codes_left(person.id) == 9
    notice = mails_to(person.email)[-1]
    assert (notice["template"], notice["value_left"]) == ("recovery_code_used", "9")


@pytest.mark.asvs("6.5.1")
def test_all_ten_recovery_codes_are_good_once_and_there_is_no_eleventh(
    home: StaffedOrganization, person: Person
) -> None:
    _, codes = with_totp(person.token)
    assert [second_step(waiting_sign_in(person, home), code).status for code in codes] == [200] * 10
    assert recovery_codes_left(person.id) == 0
    assert second_step(waiting_sign_in(person, home), codes[9]).status == 401


def test_new_recovery_codes_end_the_old_ones_and_need_a_proof(home: StaffedOrganization, person: Person) -> None:
    assert call("POST", _RECOVERY, token=person.token, headers=proof(person.token)).status == 404
    _, old = with_totp(person.token)
    assert call("POST", _RECOVERY, token=person.token).json["code"] == "step_up_required"
    renewed = call("POST", _RECOVERY, token=person.token, headers=proof(person.token))
    assert renewed.status == 200
    assert second_step(waiting_sign_in(person, home), old[0]).status == 401
    assert second_step(waiting_sign_in(person, home), renewed.json["recoveryCodes"][0]).status == 200
    assert "recovery_codes_renewed" in {mail["template"] for mail in mails_to(person.email)}


@pytest.mark.asvs("6.5.2")
def test_nothing_in_the_table_lets_anybody_in(home: StaffedOrganization, person: Person) -> None:
    app, codes = with_totp(person.token)
    token = waiting_sign_in(person, home)
    tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    digest = hashlib.sha256(token.encode()).hexdigest()
    stored = ""
    for partition in (identity_keys.user_partition(person.id), identity_keys.pending_sign_in_partition(digest)):
        found = tables.query(
            TableName=table_name("identity"),
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": partition}},
        )
        assert found["Items"]
        stored += repr(found["Items"])
    secrets = [*codes, *(code.replace("-", "") for code in codes), app.secret, repr(app.byte_secret()), token]
    assert [secret for secret in secrets if secret in stored] == []


def test_nothing_secret_of_a_second_factor_is_logged(home: StaffedOrganization, person: Person) -> None:
    with logged() as log:
        app, codes = with_totp(person.token)
        token = waiting_sign_in(person, home)
        second_step(token, a_wrong_code(app))
        reply = second_step(token, codes[0])
    assert log.lines
    secrets = [app.secret, token, *codes, reply.json["accessToken"], person.email]
    assert [secret for secret in secrets if secret in log.text] == []


@pytest.mark.asvs("6.3.6")
def test_a_code_by_mail_is_no_second_factor(home: StaffedOrganization, person: Person) -> None:
    with_totp(person.token)
    assert "email" not in log_in(person.email).json["methods"]
    for path, body in (
        ("/v1/auth/password/forgot", {"email": person.email}),
        ("/v1/auth/step-up", {"action": "disable_mfa"}),
    ):
        assert call("POST", path, token=person.token if "step-up" in path else None, body=body).status == 202
    for code in codes_to(person.email):
        assert second_step(waiting_sign_in(person, home), code).status == 401


@pytest.mark.asvs("6.5.4")
def test_recovery_codes_have_sixty_random_bits(person: Person) -> None:
    _, codes = with_totp(person.token)
    for _ in range(9):
        codes += call("POST", _RECOVERY, token=person.token, headers=proof(person.token)).json["recoveryCodes"]
    alphabet = set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    assert {len(code.replace("-", "")) for code in codes} == {12}
    assert len(set(codes)) == 100
    # 32 letters in 12 places are 60 bits; of 1,200 letters each is missing with a chance below one in 10 ** 15.
    assert set("".join(codes)) - {"-"} == alphabet


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "12345"},
        {"code": "123456", "credential": {}},
        {"code": "1234567"},
        {"code": "\u0661\u0662\u0663\u0664\u0665\u0666"},
    ],
)
def test_a_second_step_has_one_well_formed_factor(body: dict[str, object]) -> None:
    assert call("POST", "/v1/auth/login/mfa", body={"mfaToken": "nxm_x", **body}).status == 422


@pytest.mark.parametrize("token", ["", "nxm_x", "nxm_" + "A" * 43, "nxr_" + "A" * 43])
def test_a_token_of_no_sign_in_is_refused(token: str) -> None:
    assert second_step(token, "123456").status == 401
