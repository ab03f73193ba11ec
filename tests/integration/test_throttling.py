"""Token buckets on a real table: never more than the rate, whatever arrives at once, and closed when in doubt."""

import secrets
from datetime import datetime, timedelta

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from pynamodb.exceptions import VerboseClientError

from nexstock.clock import utc_now
from nexstock.config import RateLimit
from nexstock.errors import TemporarilyUnavailable
from nexstock.identity.registration import open_registrations
from nexstock.throttling import Allowance, take_token
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.containers import at_once
from tests.support.people import PASSWORD, an_email, an_organization
from tests.support.table_faults import Request, error_answer, instead_of

_NOW = utc_now()


@pytest.fixture
def subject() -> str:
    return f"subject-{secrets.token_hex(8)}"


def _granted(subject: str, limit: RateLimit, at: datetime, takers: int) -> int:
    outcomes = at_once([lambda: take_token("test", subject, limit, at)] * takers)
    assert [outcome.error for outcome in outcomes if outcome.error is not None] == []
    return sum(outcome.value.granted for outcome in outcomes if outcome.value is not None)


def _exhausted(subject: str, limit: RateLimit, at: datetime) -> Allowance:
    for _ in range(limit.capacity):
        assert take_token("test", subject, limit, at).granted
    return take_token("test", subject, limit, at)


def test_fifty_takers_at_one_moment_get_no_more_than_the_bucket_holds(subject: str) -> None:
    assert _granted(subject, RateLimit(20, 60), _NOW, takers=50) == 20


def test_fifty_takers_of_a_refilled_bucket_get_no_more_than_it_holds(subject: str) -> None:
    limit = RateLimit(20, 60)
    _exhausted(subject, limit, _NOW)

    assert _granted(subject, limit, _NOW + timedelta(seconds=600), takers=50) == 20
    assert _granted(subject, limit, _NOW + timedelta(seconds=615), takers=50) == 5


@pytest.mark.parametrize("limit", [RateLimit(10, 600), RateLimit(60, 60), RateLimit(3, 7), RateLimit(1, 1)], ids=str)
def test_retry_after_is_true_and_not_a_second_longer(subject: str, limit: RateLimit) -> None:
    refused = _exhausted(subject, limit, _NOW)
    wait = timedelta(seconds=refused.retry_after_s)

    assert not refused.granted
    assert refused.remaining == 0
    assert not take_token("test", subject, limit, _NOW + wait - timedelta(seconds=1)).granted
    assert take_token("test", subject, limit, _NOW + wait).granted


def test_bucket_tells_what_is_left(subject: str) -> None:
    limit = RateLimit(3, 60)

    assert [take_token("test", subject, limit, _NOW).remaining for _ in range(4)] == [2, 1, 0, 0]


def test_rest_of_a_token_is_not_lost_at_a_refill(subject: str) -> None:
    limit = RateLimit(2, 60)
    _exhausted(subject, limit, _NOW)

    at = [_NOW + timedelta(seconds=seconds) for seconds in (45, 59, 60)]

    assert [take_token("test", subject, limit, moment).granted for moment in at] == [True, False, True]


def test_rate_holds_over_a_long_time(subject: str) -> None:
    limit = RateLimit(5, 10)
    granted = sum(take_token("test", subject, limit, _NOW + timedelta(seconds=second)).granted for second in range(60))

    # The bucket's content at the start, and what comes in over 60 s.
    assert granted <= 5 + 30
    assert granted >= 30


def test_clock_that_is_behind_takes_nothing_away(subject: str) -> None:
    limit = RateLimit(2, 60)
    _exhausted(subject, limit, _NOW)

    behind = take_token("test", subject, limit, _NOW - timedelta(hours=1))

    assert behind.retry_after_s == 30
    assert take_token("test", subject, limit, _NOW + timedelta(seconds=30)).granted


def test_buckets_of_others_are_others(subject: str) -> None:
    limit = RateLimit(1, 60)
    assert not _exhausted(subject, limit, _NOW).granted

    assert take_token("test", subject + "x", limit, _NOW).granted
    assert take_token("other", subject, limit, _NOW).granted


def test_taking_a_token_is_one_write_and_no_read(subject: str) -> None:
    with recorded_calls() as recording:
        take_token("test", subject, RateLimit(5, 60), _NOW)

    assert (recording.operations, recording.write_units, recording.read_units) == (["UpdateItem"], 1, 0)


@pytest.mark.asvs("16.5.3")
def test_nobody_is_let_in_while_requests_cannot_be_counted() -> None:
    token = an_organization().owner.token
    with (
        instead_of("UpdateItem", lambda request: error_answer(request, "AccessDeniedException")),
        pytest.raises((ClientError, VerboseClientError)),
    ):
        call("GET", "/v1/products", token=token)

    assert call("GET", "/v1/products", token=token).status == 200


@pytest.mark.asvs("16.5.3")
def test_public_route_does_nothing_while_requests_cannot_be_counted() -> None:
    email = an_email()
    body = {"email": email, "password": PASSWORD, "name": "Pat", "organizationName": "Goods"}
    with instead_of("UpdateItem", lambda request: error_answer(request, "AccessDeniedException")):
        reply = call("POST", "/v1/auth/register", body=body)

    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert open_registrations(email, utc_now()) == []


def test_bucket_that_cannot_be_decided_is_no_silent_yes(subject: str) -> None:
    def undecided(request: Request) -> AWSResponse:
        return error_answer(request, "ConditionalCheckFailedException")

    with instead_of("UpdateItem", undecided), pytest.raises(TemporarilyUnavailable):
        take_token("test", subject, RateLimit(5, 60), _NOW)


def test_every_answer_tells_the_caller_what_is_left() -> None:
    organization = an_organization()

    first, second = (call("GET", "/v1/products", token=organization.member.token) for _ in range(2))
    public = call("GET", "/v1/health")

    assert [reply.headers["RateLimit-Policy"] for reply in (first, second)] == ['"read";q=100000;w=60'] * 2
    assert (first.headers["RateLimit"], second.headers["RateLimit"]) == ('"read";r=99999;t=1', '"read";r=99998;t=1')
    assert public.headers["RateLimit-Policy"] == '"read";q=100000;w=60'
