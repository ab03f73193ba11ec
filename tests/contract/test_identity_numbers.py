"""docs/identity.md: its numbers are the code's."""

import re
from datetime import timedelta
from typing import Final

import pytest

from nexstock.auth import passwords, step_up, tokens
from nexstock.identity import (
    authenticator_apps,
    codes,
    memberships,
    passkey_challenges,
    passkeys,
    pending_sign_ins,
    recovery_codes,
    sessions,
)
from nexstock.invitations import creation
from nexstock.single_sign_on import pending
from tests.support.templates import ROOT, template

_TEXT: Final = (ROOT / "docs" / "identity.md").read_text()
_UNITS: Final = {
    "days": timedelta(days=1),
    "hours": timedelta(hours=1),
    "minutes": timedelta(minutes=1),
    "seconds": timedelta(seconds=1),
}


def _default_of(parameter: str) -> list[int]:
    return [int(number) for number in template()["Parameters"][parameter]["Default"].split("/")]


_ACCOUNT: Final = _default_of("AccountLock")
_NETWORK: Final = _default_of("NetworkLock")
"""What a deployment has unless it says otherwise: failures, seconds of the first lock, seconds of the longest."""

_RULES: Final[dict[str, timedelta | int]] = {
    "a session ends without a refresh after": sessions.IDLE_LIFETIME,
    "and in any case after": sessions.ABSOLUTE_LIFETIME,
    "a session of single sign-on ends in any case after": sessions.SINGLE_SIGN_ON_LIFETIME,
    "a sign-in at an identity provider may take": pending.LIFETIME,
    "an access token is good for": tokens.LIFETIME,
    "grace for two refreshes at once": sessions.GRACE,
    "open sessions of one person": sessions.MAX_OPEN,
    "organizations of one person": memberships.MAX_ORGANIZATIONS,
    "a mailed code is good for": codes.LIFETIME,
    "tries for a code": codes.MAX_TRIES,
    "a step-up proof is good for": step_up.LIFETIME,
    "an invitation is good for": creation.LIFETIME,
    "a sign-in waits for its second factor": pending_sign_ins.LIFETIME,
    "tries for a second factor": pending_sign_ins.MAX_TRIES,
    "a challenge for a passkey is good for": passkey_challenges.LIFETIME,
    "an app that was begun can be confirmed within": authenticator_apps.TIME_TO_CONFIRM,
    "recovery codes": recovery_codes.COUNT,
    "passkeys of one person": passkeys.MAX_PASSKEYS,
    "shortest password": passwords.MIN_LENGTH,
    "shortest password beside a second factor": passwords.MIN_LENGTH_WITH_SECOND_FACTOR,
    "longest password": passwords.MAX_LENGTH,
    "bcrypt's cost": passwords.COST,
    "wrong passwords before an account is locked": _ACCOUNT[0],
    "first lock of an account": timedelta(seconds=_ACCOUNT[1]),
    "longest lock of an account": timedelta(seconds=_ACCOUNT[2]),
    "wrong passwords before a network is locked": _NETWORK[0],
    "time in which they count, and first lock of a network": timedelta(seconds=_NETWORK[1]),
    "longest lock of a network": timedelta(seconds=_NETWORK[2]),
}


def _documented() -> dict[str, timedelta | int]:
    found: dict[str, timedelta | int] = {}
    for rule, number, unit in re.findall(r"^\| ([^|]+) \| (\d+)(?: (\w+))? \|$", _TEXT, re.MULTILINE):
        found[rule] = int(number) * _UNITS[unit] if unit in _UNITS else int(number)
    return found


@pytest.mark.asvs("6.1.1", "7.1.1", "8.1.3", "8.1.4")
def test_every_number_of_the_page_is_the_codes_and_the_other_way_round() -> None:
    assert _documented() == _RULES
