"""Problems as RFC 9457 has them, and the headers that every answer carries."""

import json

import pytest

from nexstock import errors
from nexstock.auth.principals import RequestOrigin
from nexstock.config import RateLimit
from nexstock.http.answers import framed, problem_answer
from nexstock.http.headers import SECURITY_HEADERS, cross_origin_headers
from nexstock.products.errors import SkuTaken
from nexstock.throttling import Allowance
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.events import api_event

_ORIGIN = RequestOrigin("request-1", "203.0.113.7", "tests/1")
_EMPTY = {"statusCode": 204, "headers": {}, "body": "", "isBase64Encoded": False}


def test_problem_names_type_status_and_request() -> None:
    answer = problem_answer(SkuTaken(), "request-1")

    assert answer["statusCode"] == 409
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(answer["body"]) == {
        "type": "https://nexstock.com/problems/sku_taken",
        "title": "Another product has this SKU",
        "status": 409,
        "code": "sku_taken",
        "instance": "urn:request:request-1",
    }


def test_fault_has_no_detail() -> None:
    body = json.loads(problem_answer(errors.InternalError(), "request-1")["body"])

    assert set(body) == {"type", "title", "status", "code", "instance"}


def test_missing_things_are_answered_alike_except_for_the_request() -> None:
    one, other = (json.loads(problem_answer(errors.NotFound(), request)["body"]) for request in ("a", "b"))

    assert one.pop("instance") != other.pop("instance")
    assert one == other


@pytest.mark.asvs("3.4.1")
def test_every_answer_carries_the_security_headers_whatever_it_says_itself() -> None:
    answer = {**_EMPTY, "headers": {"Cache-Control": "public", "Strict-Transport-Security": "max-age=0"}}

    headers = framed(answer, api_event("GET", "/v1/products"), _ORIGIN, None)["headers"]

    assert SECURITY_HEADERS.items() <= headers.items()
    assert headers["X-Request-Id"] == "request-1"


def test_transport_security_lasts_a_year_and_covers_subdomains() -> None:
    directives = SECURITY_HEADERS["Strict-Transport-Security"].split("; ")

    assert int(directives[0].removeprefix("max-age=")) >= 31_536_000
    assert "includeSubDomains" in directives


@pytest.mark.asvs("3.4.2")
@pytest.mark.parametrize(
    "origin", [None, "", "null", "https://evil.example", ALLOWED_ORIGIN + "/", ALLOWED_ORIGIN + ".evil.example"]
)
def test_no_other_origin_may_read_an_answer(origin: str | None) -> None:
    assert cross_origin_headers(origin, ALLOWED_ORIGIN) == {}


def test_our_origin_may_read_an_answer_with_its_fields() -> None:
    headers = cross_origin_headers(ALLOWED_ORIGIN, ALLOWED_ORIGIN)

    assert headers["Access-Control-Allow-Origin"] == ALLOWED_ORIGIN
    assert {"ETag", "Location", "Retry-After", "RateLimit"} <= set(headers["Access-Control-Expose-Headers"].split(", "))


def test_public_answer_tells_what_its_own_bucket_said() -> None:
    allowance = Allowance("auth", RateLimit(30, 60), remaining=12, retry_after_s=0)

    headers = framed(_EMPTY, api_event("POST", "/v1/auth/login"), _ORIGIN, allowance)["headers"]

    assert headers["RateLimit-Policy"] == '"auth";q=30;w=60'
    assert headers["RateLimit"] == '"auth";r=12;t=2'


def test_other_answers_tell_what_the_authorizer_counted() -> None:
    event = api_event("GET", "/v1/products", authorizer={"rateLimit": '"read";r=1;t=1', "rateLimitPolicy": "p"})

    headers = framed(_EMPTY, event, _ORIGIN, None)["headers"]

    assert (headers["RateLimit"], headers["RateLimit-Policy"]) == ('"read";r=1;t=1', "p")


def test_answer_without_a_count_tells_none() -> None:
    headers = framed(_EMPTY, api_event("GET", "/v1/products"), _ORIGIN, None)["headers"]

    assert not [name for name in headers if name.startswith("RateLimit")]
