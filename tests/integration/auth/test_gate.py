"""The gate's two refusals: 401 for who is nobody, 429 for who comes too often; anything else lets nobody in."""

import secrets
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import GetError

from nexstock.auth.gate import Unauthorized, judge
from nexstock.auth.principals import Principal
from nexstock.clock import utc_now
from nexstock.config import RateLimit
from nexstock.throttling import take_token
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.events import api_event
from tests.support.people import an_organization
from tests.support.table_faults import error_answer, instead_of


def _judged(credential: str, ip: str, now: datetime, method: str = "GET") -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {credential}"}
    return judge({**api_event(method, "/v1/products", headers=headers, ip=ip), "methodArn": "arn:this-route"}, now)


def _an_address() -> str:
    return f"198.51.100.{secrets.randbelow(256)}:{secrets.token_hex(4)}"


def _drain(bucket: str, subject: str, now: datetime) -> None:
    # A bucket of one token, taken now: at this very moment there is none left.
    take_token(bucket, subject, RateLimit(1, 60), now)


def _effect(verdict: dict[str, Any]) -> tuple[str, str]:
    (statement,) = verdict["policyDocument"]["Statement"]
    return statement["Effect"], statement["Resource"]


def test_verdict_is_for_this_route_and_names_the_principal() -> None:
    organization = an_organization()

    verdict = _judged(organization.member.token, _an_address(), utc_now())

    assert _effect(verdict) == ("Allow", "arn:this-route")
    assert verdict["principalId"] == organization.member.id
    principal = Principal.from_context(verdict["context"])
    assert (principal.organization_id, principal.role) == (organization.id, "member")
    assert all(isinstance(value, str) for value in verdict["context"].values())


def test_credential_that_comes_too_often_is_denied_and_told_when_to_come_back() -> None:
    organization, now = an_organization(), utc_now()
    _drain("read", organization.member.session_id, now)

    verdict = _judged(organization.member.token, _an_address(), now)

    assert _effect(verdict) == ("Deny", "arn:this-route")
    assert verdict["context"]["retryAfter"] == "1"
    assert verdict["context"]["rateLimit"] == '"read";r=0;t=1'
    assert "organizationId" not in verdict["context"]
    assert _effect(_judged(organization.owner.token, _an_address(), now))[0] == "Allow"
    assert _effect(_judged(organization.member.token, _an_address(), now, "POST"))[0] == "Allow"


def test_key_is_counted_apart_from_its_creator() -> None:
    organization, now = an_organization(), utc_now()
    key = organization.api_keys[next(iter(organization.api_keys))]
    _drain("read", key.id, now)

    assert _effect(_judged(key.text, _an_address(), now))[0] == "Deny"
    assert _effect(_judged(organization.owner.token, _an_address(), now))[0] == "Allow"


@pytest.mark.parametrize("credential", ["garbage", None])
def test_address_that_comes_too_often_is_denied_before_anything_is_looked_up(credential: str | None) -> None:
    now, ip = utc_now(), _an_address()
    token = credential or an_organization().owner.token
    _drain("read-address", ip, now)

    with recorded_calls() as recording:
        verdict = _judged(token, ip, now)

    assert (_effect(verdict)[0], verdict["principalId"]) == ("Deny", "throttled")
    assert recording.read_units == 0


def test_attempts_with_no_credential_are_counted_too() -> None:
    now, ip = utc_now(), _an_address()

    with recorded_calls() as recording, pytest.raises(Unauthorized):
        _judged("garbage", ip, now)

    assert recording.write_units == 1


@pytest.mark.asvs("16.5.3")
@pytest.mark.parametrize("operation", ["BatchGetItem", "GetItem"])
def test_credential_that_cannot_be_looked_up_lets_nobody_in(operation: str) -> None:
    organization = an_organization()
    credential = organization.credentials["admin_key"]

    with (
        instead_of(operation, lambda request: error_answer(request, "AccessDeniedException")),
        pytest.raises((ClientError, GetError)),
    ):
        call("GET", "/v1/products", token=credential)
