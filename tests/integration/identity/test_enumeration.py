"""Who is registered cannot be found out: for known and unknown addresses, the same answer by the same calls of AWS.

How long the calls take is measured by `make enumeration`; here their order, number and size are compared, which is
what the time depends on and is the same in every run.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from nexstock.clock import utc_now
from nexstock.identity.lockout import MAX_FAILURES, Attempt
from tests.support.api import Reply, call
from tests.support.mailbox import mails_to
from tests.support.people import PASSWORD, an_email, an_organization
from tests.support.shapes import Shape, recorded_shapes

_WRONG: Final = "not the password at all"
_MOST_BYTES_APART: Final = {"SendMessage": 128}
"""A mail's values, which are different ones for its owner than for who registers; one packet either way."""
_OTHERS: Final = 8
"""Names of attributes in a condition."""


def _somebody() -> str:
    return an_organization().owner.email


def _about_to_register() -> str:
    email = an_email()
    _register(email)
    return email


def _register(email: str) -> Reply:
    body = {"email": email, "password": PASSWORD, "name": "Pat", "organizationName": "Goods"}
    return call("POST", "/v1/auth/register", body=body)


def _log_in(email: str) -> Reply:
    return call("POST", "/v1/auth/login", body={"email": email, "password": _WRONG})


def _log_in_for_the_last_time(email: str) -> Reply:
    for _ in range(MAX_FAILURES - 1):
        Attempt(email, utc_now()).failed()
    return _log_in(email)


def _log_in_when_locked(email: str) -> Reply:
    for _ in range(MAX_FAILURES):
        Attempt(email, utc_now()).failed()
    return _log_in(email)


def _forgot(email: str) -> Reply:
    return call("POST", "/v1/auth/password/forgot", body={"email": email})


def _resend(email: str) -> Reply:
    return call("POST", "/v1/auth/resend-code", body={"email": email})


def _verify(email: str) -> Reply:
    return call("POST", "/v1/auth/verify-email", body={"email": email, "code": "000000"})


def _reset(email: str) -> Reply:
    body = {"email": email, "code": "000000", "newPassword": "copper meadow whistle 77"}
    return call("POST", "/v1/auth/password/reset", body=body)


def _told(reply: Reply) -> tuple[int, dict[str, Any], set[str]]:
    own = {"instance", "userId"}
    return reply.status, {name: value for name, value in reply.json.items() if name not in own}, set(reply.headers)


def _observed(ask: Callable[[str], Reply], email: str) -> tuple[Reply, list[Shape]]:
    with recorded_shapes() as shapes:
        reply = ask(email)
    return reply, shapes


@pytest.mark.asvs("6.3.8")
@pytest.mark.parametrize(
    ("ask", "known"),
    [
        (_register, _somebody),
        (_register, _about_to_register),
        (_log_in, _somebody),
        (_log_in, _about_to_register),
        (_log_in_for_the_last_time, _somebody),
        (_log_in_when_locked, _somebody),
        (_forgot, _somebody),
        (_resend, _somebody),
        (_resend, _about_to_register),
        (_verify, _somebody),
        (_verify, _about_to_register),
        (_reset, _somebody),
    ],
)
def test_known_and_unknown_addresses_get_one_answer_by_the_same_calls(
    ask: Callable[[str], Reply], known: Callable[[], str]
) -> None:
    ask(an_email())
    somebodys, nobodys = _observed(ask, known()), _observed(ask, an_email())

    assert _told(somebodys[0]) == _told(nobodys[0])
    assert [shape.kind for shape in somebodys[1]] == [shape.kind for shape in nobodys[1]]
    for one, other in zip(somebodys[1], nobodys[1], strict=True):
        assert abs(one.size - other.size) <= _MOST_BYTES_APART.get(one.operation, _OTHERS), one.kind
    assert len(nobodys[1]) > 1


def test_work_done_for_nobody_leaves_no_registration_and_sends_no_mail() -> None:
    email = an_email()
    for ask in (_resend, _verify, _forgot, _log_in_for_the_last_time):
        ask(email)

    assert {mail["template"] for mail in mails_to(email)} == {"nothing"}
    assert _verify(email).status == 422
    assert call("POST", "/v1/auth/login", body={"email": email, "password": PASSWORD}).status == 401
