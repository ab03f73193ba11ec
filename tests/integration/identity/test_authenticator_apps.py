"""Setting up an authenticator app and removing it: it counts from its first code on; both end other sessions."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from nexstock.auth.permissions import Role
from nexstock.auth.step_up import Action
from nexstock.clock import to_rfc3339, utc_now
from nexstock.crypto.envelope import CannotOpen, open_sealed
from nexstock.crypto.places import PERSON, SealedPlace
from nexstock.identity import authenticator_apps
from nexstock.identity.errors import InvalidCode
from nexstock.identity.items import TotpItem
from nexstock.identity.people import get_person, recovery_codes_left
from nexstock.persistence import identity_keys
from tests.support.api import Reply, call
from tests.support.confirmations import caller_of
from tests.support.environment import table_name
from tests.support.mailbox import codes_to, mails_to
from tests.support.people import ORIGIN, PASSWORD, Person, StaffedOrganization, add_person, an_organization
from tests.support.second_factors import (
    TOTP,
    a_wrong_code,
    begun_totp,
    log_in,
    mfa_token,
    proof,
    second_step,
    with_passkey,
    with_totp,
)
from tests.support.templates import ROOT

_RUNBOOK = (ROOT / "docs" / "runbooks" / "lost-factor.md").read_text()
_NEW = "copper meadow whistle 77"
_SHORT = "copper m"


@pytest.fixture(scope="module")
def home(platform: str) -> StaffedOrganization:  # noqa: ARG001 (needs the engine)
    """Return an organization for this module."""
    return an_organization()


@pytest.fixture
def person(home: StaffedOrganization) -> Person:
    """Return a member of their own for each test."""
    return add_person(home, Role.MEMBER)


def _confirm(token: str, code: str) -> Reply:
    return call("POST", f"{TOTP}/confirm", token=token, body={"code": code})


def _remove(person: Person) -> Reply:
    return call("DELETE", TOTP, token=person.token, headers=proof(person.token))


def _change_password(person: Person, present: str, new: str) -> Reply:
    body = {"currentPassword": present, "newPassword": new}
    return call("POST", "/v1/account/password", token=person.token, body=body)


@pytest.mark.asvs("7.4.3")
def test_an_app_counts_from_its_first_code_on_and_brings_recovery_codes(person: Person) -> None:
    elsewhere = log_in(person.email).json["accessToken"]
    app = begun_totp(person.token)
    assert log_in(person.email).json["accessToken"]
    confirmed = _confirm(person.token, app.now())
    assert (confirmed.status, len(set(confirmed.json["recoveryCodes"]))) == (200, 10)
    assert log_in(person.email).json["methods"] == ["totp", "recovery_code"]
    assert call("GET", "/v1/products", token=person.token).status == 200
    assert call("GET", "/v1/products", token=elsewhere).status == 401


@pytest.mark.asvs("6.3.7")
def test_the_owner_is_told_when_a_factor_comes_and_goes(person: Person) -> None:
    app = begun_totp(person.token)
    assert _confirm(person.token, app.now()).status == 200
    assert _remove(person).status == 204
    told = [(mail["template"], mail["value_factor"], mail["value_ip"]) for mail in mails_to(person.email)]
    assert told == [
        ("mfa_enabled", "an authenticator app", "203.0.113.7"),
        ("mfa_disabled", "an authenticator app", "203.0.113.7"),
    ]


def test_a_wrong_code_confirms_nothing_and_the_right_one_still_does(person: Person) -> None:
    app = begun_totp(person.token)
    wrong = _confirm(person.token, a_wrong_code(app))
    assert (wrong.status, wrong.json["code"]) == (422, "invalid_code")
    assert get_person(person.id).second_factors == []
    assert _confirm(person.token, app.now()).status == 200


def test_a_code_confirms_nothing_where_no_app_was_begun(person: Person) -> None:
    assert _confirm(person.token, "123456").json["code"] == "invalid_code"


def test_beginning_again_ends_the_secret_before(person: Person) -> None:
    first, second = begun_totp(person.token), begun_totp(person.token)
    if first.now() != second.now():
        assert _confirm(person.token, first.now()).status == 422
    assert _confirm(person.token, second.now()).status == 200


def test_an_app_that_is_active_is_neither_replaced_nor_confirmed_again(person: Person) -> None:
    app = begun_totp(person.token)
    assert _confirm(person.token, app.now()).status == 200
    again = [call("POST", TOTP, token=person.token), _confirm(person.token, app.now())]
    assert [(reply.status, reply.json["code"]) for reply in again] == [(409, "factor_active")] * 2


def test_what_was_begun_is_forgotten_after_an_hour(person: Person) -> None:
    begun = utc_now()
    app = begun_totp(person.token)
    later = begun + timedelta(hours=1, seconds=1)
    with pytest.raises(InvalidCode):
        authenticator_apps.confirm(app.at(later), caller=caller_of(person.token), origin=ORIGIN, clock=lambda: later)


def test_two_confirmations_at_once_have_one_winner(person: Person) -> None:
    app = begun_totp(person.token)
    code = app.now()
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: _confirm(person.token, code).status, range(4)))
    assert statuses == [200, 409, 409, 409]
    assert recovery_codes_left(person.id) == 10


@pytest.mark.asvs("6.5.6", "7.4.3", "7.5.1")
def test_removing_needs_a_proof_and_ends_codes_and_other_sessions(person: Person) -> None:
    app, codes = with_totp(person.token)
    elsewhere = second_step(mfa_token(person.email), app.now()).json["accessToken"]
    waiting = mfa_token(person.email)
    refused = call("DELETE", TOTP, token=person.token)
    assert (refused.status, refused.json["code"]) == (403, "step_up_required")
    assert _remove(person).status == 204
    assert _remove(person).status == 404
    assert recovery_codes_left(person.id) == 0
    assert call("GET", "/v1/products", token=elsewhere).status == 401
    assert call("GET", "/v1/products", token=person.token).status == 200
    assert second_step(waiting, codes[0]).status == 401
    assert log_in(person.email).json["accessToken"]


def test_a_refused_removal_leaves_the_proof_good(home: StaffedOrganization) -> None:
    person = add_person(home, Role.MEMBER)
    headers = proof(person.token)
    assert call("DELETE", TOTP, token=person.token, headers=headers).status == 404
    with_totp(person.token)
    assert call("DELETE", TOTP, token=person.token, headers=headers).status == 204


def test_recovery_codes_stay_while_another_factor_does(person: Person) -> None:
    with_totp(person.token)
    with_passkey(person.token)
    assert _remove(person).status == 204
    assert recovery_codes_left(person.id) == 10
    assert log_in(person.email).json["methods"] == ["recovery_code", "passkey"]


def test_the_seed_is_sealed_for_its_person_only(home: StaffedOrganization, person: Person) -> None:
    app = begun_totp(person.token)
    stored = TotpItem.get(identity_keys.user_partition(person.id), identity_keys.TOTP)
    other = add_person(home, Role.MEMBER)
    assert open_sealed(SealedPlace(PERSON, "totp", person.id, "seed"), stored.sealed_seed) == app.byte_secret()
    for place in (SealedPlace(PERSON, "totp", other.id, "seed"), SealedPlace(home.id, "totp", person.id, "seed")):
        with pytest.raises(CannotOpen):
            open_sealed(place, stored.sealed_seed)


def test_the_account_shows_whether_there_is_a_second_factor(person: Person) -> None:
    def shown() -> tuple[bool, int]:
        account = call("GET", "/v1/account", token=person.token).json
        return account["mfaEnabled"], account["recoveryCodesLeft"]

    assert shown() == (False, 0)
    _, codes = with_totp(person.token)
    assert second_step(mfa_token(person.email), codes[0]).status == 200
    assert shown() == (True, 9)


@pytest.mark.asvs("6.4.4")
@pytest.mark.parametrize("password", [PASSWORD, _SHORT])
def test_the_runbook_for_a_lost_factor_leaves_an_account_with_its_password_or_changes_nothing(
    password: str, person: Person
) -> None:
    with_totp(person.token)
    if password != PASSWORD:
        assert _change_password(person, PASSWORD, password).status == 204
    steps = _RUNBOOK.partition("```json\n")[2].partition("```")[0]
    steps = steps.replace("USER_KEY", identity_keys.user_partition(person.id)).replace(
        "IDENTITY", table_name("identity")
    )
    steps = steps.replace("NOW", to_rfc3339(utc_now()))
    tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])
    if password == PASSWORD:
        tables.transact_write_items(TransactItems=json.loads(steps))
        assert call("GET", "/v1/account", token=person.token).status == 401
        assert log_in(person.email).json["accessToken"]
        assert recovery_codes_left(person.id) == 0
    else:
        with pytest.raises(tables.exceptions.TransactionCanceledException):
            tables.transact_write_items(TransactItems=json.loads(steps))
        assert log_in(person.email, password).json["mfaRequired"] is True


def test_with_a_second_factor_a_password_may_be_shorter_but_then_the_factor_stays(person: Person) -> None:
    assert _change_password(person, PASSWORD, _SHORT).json["errors"][0]["detail"] == "at least 15 characters"
    with_totp(person.token)
    assert _change_password(person, PASSWORD, _SHORT[:-1]).json["errors"][0]["detail"] == "at least 8 characters"
    assert _change_password(person, PASSWORD, _SHORT).status == 204
    refused = _remove(person)
    assert (refused.status, refused.json["code"]) == (409, "password_too_short")
    assert log_in(person.email, _SHORT).json["mfaRequired"] is True
    assert _change_password(person, _SHORT, _NEW).status == 204
    assert _remove(person).status == 204


def test_a_short_password_lets_one_of_two_factors_go(person: Person) -> None:
    with_totp(person.token)
    _, added = with_passkey(person.token)
    assert _change_password(person, PASSWORD, _SHORT).status == 204
    assert _remove(person).status == 204
    path = f"/v1/account/passkeys/{added['id']}"
    last = call("DELETE", path, token=person.token, headers=proof(person.token))
    assert (last.status, last.json["code"]) == (409, "password_too_short")


@pytest.mark.asvs("6.4.3")
def test_after_a_reset_the_second_factor_is_asked_for_and_who_has_one_is_not_told_before_the_code(
    home: StaffedOrganization, person: Person
) -> None:
    plain = add_person(home, Role.MEMBER)
    with_totp(person.token)
    for each in (person, plain):
        assert call("POST", "/v1/auth/password/forgot", body={"email": each.email}).status == 202
    reset = "/v1/auth/password/reset"
    wrong = [
        call("POST", reset, body={"email": each.email, "code": "000000", "newPassword": _SHORT})
        for each in (person, plain)
    ]
    assert {(reply.status, reply.json["code"]) for reply in wrong} == {(422, "invalid_code")}
    right = [
        call("POST", reset, body={"email": each.email, "code": codes_to(each.email)[-1], "newPassword": _SHORT})
        for each in (person, plain)
    ]
    assert [reply.status for reply in right] == [204, 422]
    assert right[1].json["errors"][0] == {"pointer": "/newPassword", "detail": "at least 15 characters"}
    assert call("GET", "/v1/products", token=person.token).status == 401
    assert log_in(person.email, _SHORT).json["mfaRequired"] is True


def test_a_proof_for_something_else_removes_no_factor(person: Person) -> None:
    with_totp(person.token)
    headers = proof(person.token, Action.ADD_PASSKEY)
    assert call("DELETE", TOTP, token=person.token, headers=headers).status == 403
    assert get_person(person.id).second_factors == ["totp"]
