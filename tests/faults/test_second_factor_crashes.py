"""A crash before or after any call leaves a second factor whole or not there, and nobody in by half of a proof."""

import pytest

from nexstock.auth.permissions import Role
from nexstock.identity.people import get_person, recovery_codes_left
from tests.support.api import call
from tests.support.crashes import crash_points
from tests.support.depth import sampled
from tests.support.people import Person, add_person, an_organization
from tests.support.second_factors import (
    TOTP,
    begun_totp,
    forget_last_step,
    proof,
    second_step,
    waiting_sign_in,
    with_totp,
)

pytestmark = pytest.mark.usefixtures("platform")


def _sessions(person: Person) -> int:
    return len(call("GET", "/v1/account/sessions", token=person.token).json["items"])


def test_a_confirmation_that_crashed_is_whole_or_nothing_and_once_when_repeated() -> None:
    home, crashes = an_organization(), 0
    for point in crash_points():
        person = add_person(home, Role.MEMBER)
        body = {"code": begun_totp(person.token).now()}
        with point:
            call("POST", f"{TOTP}/confirm", token=person.token, body=body)
        crashes += point.happened
        done = get_person(person.id).second_factors == ["totp"]
        assert recovery_codes_left(person.id) == (10 if done else 0), point
        again = call("POST", f"{TOTP}/confirm", token=person.token, body=body)
        assert again.status == (409 if done else 200), point
        assert (get_person(person.id).second_factors, recovery_codes_left(person.id)) == (["totp"], 10), point
    # The authorizer's three calls, the person, the app, its seed and the transaction at least, before and after each.
    assert crashes >= 12


def test_a_removal_that_crashed_is_whole_or_nothing_and_once_when_repeated() -> None:
    home = an_organization()
    for point in crash_points():
        person = add_person(home, Role.MEMBER)
        with_totp(person.token)
        headers = proof(person.token)
        with point:
            call("DELETE", TOTP, token=person.token, headers=headers)
        done = get_person(person.id).second_factors == []
        assert recovery_codes_left(person.id) == (0 if done else 10), point
        # The proof is spent if and only if the factor went.
        assert call("DELETE", TOTP, token=person.token, headers=headers).status == (403 if done else 204), point
        assert recovery_codes_left(person.id) == 0, point


@pytest.mark.parametrize("kind", sampled(["totp", "recovery"], kept=frozenset({"totp"})))
def test_a_second_step_that_crashed_spends_its_code_and_its_sign_in_together(kind: str) -> None:
    home, crashes = an_organization(), 0
    for point in crash_points():
        person = add_person(home, Role.MEMBER)
        app, codes = with_totp(person.token)
        code = app.now() if kind == "totp" else codes[0]
        token, before = waiting_sign_in(person, home), _sessions(person)
        with point:
            second_step(token, code)
        crashes += point.happened
        opened = _sessions(person) - before
        again = second_step(token, code)
        # Either nothing was spent, and the same request goes on; or both were, and the person signs in once more.
        fresh = second_step(waiting_sign_in(person, home), code)
        assert (again.status, opened) in {(200, 0), (401, 0), (401, 1)}, point
        assert fresh.status == 401, point
        assert _sessions(person) - before <= 1, point
        if kind == "totp":
            forget_last_step(person.id)
            assert second_step(waiting_sign_in(person, home), app.now()).status == 200, point
        else:
            assert second_step(waiting_sign_in(person, home), codes[1]).status == 200, point
    assert crashes >= 12
