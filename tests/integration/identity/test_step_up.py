"""Step-up: a proof is good for one person, one session, one action, and once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

import pytest

from nexstock.auth import step_up
from nexstock.auth.permissions import Role
from nexstock.auth.step_up import HEADER, LIFETIME, Action
from nexstock.clock import utc_now
from nexstock.errors import StepUpRequired
from nexstock.identity import confirmations
from nexstock.identity.errors import InvalidCode
from nexstock.identity.schemas import ConfirmStepUp
from tests.support.api import Reply, call
from tests.support.confirmations import a_proof, a_step_up_code, caller_of
from tests.support.mailbox import mails_to
from tests.support.people import (
    ORIGIN,
    Person,
    StaffedOrganization,
    add_person,
    an_email,
    an_organization,
    another_session,
)
from tests.support.requests import operation_of, send
from tests.support.templates import routes

pytestmark = pytest.mark.usefixtures("platform")

PROTECTED: Final = sorted(route for route in routes() if operation_of(route).step_up)


@pytest.fixture
def home() -> StaffedOrganization:
    """Return an organization of the test's own."""
    return an_organization()


def _change_email(token: str, proof: str | None) -> Reply:
    headers = {} if proof is None else {HEADER: proof}
    return call("POST", "/v1/account/email", token=token, body={"newEmail": an_email()}, headers=headers)


def _refused(reply: Reply, action: str = "change_email") -> bool:
    return (reply.status, reply.json["code"], reply.json["action"]) == (403, "step_up_required", action)


@pytest.mark.asvs("7.5.1")
def test_a_mailed_code_buys_a_proof_and_the_proof_opens_the_action(home: StaffedOrganization) -> None:
    token = home.member.token
    assert call("POST", "/v1/auth/step-up", token=token, body={"action": "change_email"}).status == 202
    (mail,) = mails_to(home.member.email)
    assert (mail["template"], mail["value_action"]) == ("step_up", "move your account to another e-mail address")
    body = {"action": "change_email", "code": mail["value_code"]}
    bought = call("POST", "/v1/auth/step-up/confirm", token=token, body=body)
    assert (bought.status, bought.json["expiresIn"]) == (200, 300)
    assert _change_email(token, bought.json["proof"]).status == 202


@pytest.mark.asvs("7.5.1", "7.5.3")
@pytest.mark.parametrize("route", PROTECTED, ids=" ".join)
def test_no_protected_action_goes_without_a_proof(route: tuple[str, str], home: StaffedOrganization) -> None:
    action = operation_of(route).step_up
    assert action is not None
    other = next(each for each in Action if each is not action)
    for headers in ({HEADER: ""}, {HEADER: "nxp_" + "a" * 43}, {HEADER: a_proof(home.owner.token, other)}):
        assert _refused(send(route, home, home.owner.token, headers=headers), action)
    assert call("GET", "/v1/account", token=home.owner.token).json["email"] == home.owner.email


def test_a_proof_is_good_once(home: StaffedOrganization) -> None:
    proof = a_proof(home.member.token, Action.CHANGE_EMAIL)
    assert _change_email(home.member.token, proof).status == 202
    assert _refused(_change_email(home.member.token, proof))


def test_of_many_uses_at_once_exactly_one_wins(home: StaffedOrganization) -> None:
    people = [add_person(home, Role.MEMBER) for _ in range(6)]
    proof = a_proof(home.owner.token, Action.TRANSFER_OWNERSHIP)

    def transfer(person: Person) -> int:
        body, headers = {"memberId": person.id}, {HEADER: proof}
        path = "/v1/organization/transfer-ownership"
        return call("POST", path, token=home.owner.token, body=body, headers=headers).status

    with ThreadPoolExecutor(len(people)) as threads:
        statuses = sorted(threads.map(transfer, people))
    assert statuses[0] == 204
    assert set(statuses[1:]) <= {403, 409}
    listed = call("GET", "/v1/members", token=home.member.token, query={"limit": "100"}).json["items"]
    assert [member["role"] for member in listed].count("owner") == 1


def test_a_refused_action_does_not_cost_the_proof(home: StaffedOrganization) -> None:
    proof = a_proof(home.member.token, Action.CHANGE_EMAIL)
    body = {"newEmail": home.member.email}
    refused = call("POST", "/v1/account/email", token=home.member.token, body=body, headers={HEADER: proof})
    assert refused.status == 422
    assert _change_email(home.member.token, proof).status == 202


def test_a_proof_is_no_good_for_another_person_or_session(home: StaffedOrganization) -> None:
    proof = a_proof(home.member.token, Action.CHANGE_EMAIL)
    member = add_person(home, Role.MEMBER)
    elsewhere = another_session(home, home.member)
    for token in (home.owner.token, member.token, elsewhere.token):
        assert _refused(_change_email(token, proof))
    assert _change_email(home.member.token, proof).status == 202


@pytest.mark.parametrize(("after", "opens"), [(timedelta(0), True), (LIFETIME, False)])
def test_a_proof_lives_for_five_minutes(after: timedelta, opens: bool, home: StaffedOrganization) -> None:  # noqa: FBT001 (a case)
    now = utc_now()
    caller = caller_of(home.member.token)
    proof = step_up.grant(Action.DELETE_ACCOUNT, caller, now)
    try:
        step_up.stage_use(proof, Action.DELETE_ACCOUNT, caller, now + after)
    except StepUpRequired:
        assert not opens
    else:
        assert opens


@pytest.mark.asvs("6.6.2")
def test_a_code_is_bound_to_action_session_and_person(home: StaffedOrganization) -> None:
    code = a_step_up_code(home.member.token, Action.DELETE_ACCOUNT)
    elsewhere = another_session(home, home.member)
    for token, action in (
        (home.member.token, "change_email"),
        (elsewhere.token, "delete_account"),
        (home.owner.token, "delete_account"),
    ):
        body = {"action": action, "code": code}
        assert call("POST", "/v1/auth/step-up/confirm", token=token, body=body).json["code"] == "invalid_code"
    body = {"action": "delete_account", "code": code}
    assert call("POST", "/v1/auth/step-up/confirm", token=home.member.token, body=body).status == 200


@pytest.mark.asvs("6.5.1")
def test_of_fifty_uses_of_a_code_at_once_exactly_one_buys_a_proof(home: StaffedOrganization) -> None:
    code = a_step_up_code(home.member.token, Action.DELETE_ACCOUNT)
    caller, command = caller_of(home.member.token), ConfirmStepUp(action=Action.DELETE_ACCOUNT, code=code)

    def bought(_number: int) -> bool:
        try:
            confirmations.confirm_step_up(command, caller=caller)
        except InvalidCode:
            return False
        return True

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(bought, range(50))) == 1


def test_a_new_code_ends_the_old_one(home: StaffedOrganization) -> None:
    token = home.member.token
    old, new = (a_step_up_code(token, Action.DELETE_ACCOUNT) for _ in range(2))
    if old != new:
        body = {"action": "delete_account", "code": old}
        assert call("POST", "/v1/auth/step-up/confirm", token=token, body=body).status == 422
    body = {"action": "delete_account", "code": new}
    assert call("POST", "/v1/auth/step-up/confirm", token=token, body=body).status == 200


def test_the_code_goes_to_the_person_alone(home: StaffedOrganization) -> None:
    confirmations.request_step_up(Action.DELETE_ACCOUNT, caller=caller_of(home.member.token), origin=ORIGIN)
    assert [mail["template"] for mail in mails_to(home.member.email)] == ["step_up"]
    assert mails_to(home.owner.email) == []
