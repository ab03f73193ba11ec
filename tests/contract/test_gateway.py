"""What API Gateway does by itself: who passes the authorizer, what a preflight is told, and its own answers."""

import json
from http import HTTPStatus
from typing import Any, Final

import pytest

from nexstock.http.answers import PROBLEM_TYPE_BASE
from nexstock.http.headers import EXPOSED_HEADERS, SECURITY_HEADERS
from tests.support.problems import PROBLEMS
from tests.support.templates import API, Json, is_public, routes, template
from tests.support.translated import of_type

_API: Final = of_type("AWS::ApiGateway::RestApi")["Api"]["Properties"]["Body"]
RESPONSES: Final[dict[str, Json]] = _API["x-amazon-apigateway-gateway-responses"]
_REQUEST_HEADERS: Final = {"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-API-Key", "X-Step-Up"}
_ALLOWED_ORIGIN: Final = {"Fn::Sub": "'${AllowedOrigin}'"}
_PROBLEMS: Final = {each.slug: each for each in PROBLEMS}
_DEFAULTS: Final = frozenset({"DEFAULT_4XX", "DEFAULT_5XX"})
"""Their status is that of whatever happened."""


def _headers(response: Json) -> dict[str, Any]:
    return {
        name.removeprefix("gatewayresponse.header."): value for name, value in response["responseParameters"].items()
    }


def _body(response: Json) -> Json:
    assert set(response["responseTemplates"]) == {"application/json"}
    body: Json = json.loads(response["responseTemplates"]["application/json"])
    return body


@pytest.mark.parametrize("kind", sorted(RESPONSES))
def test_the_gateways_answers_carry_the_headers_of_every_answer(kind: str) -> None:
    headers = _headers(RESPONSES[kind])
    for name, value in SECURITY_HEADERS.items():
        assert headers[name] == f"'{value}'"
    assert headers["Content-Type"] == "'application/problem+json'"
    assert headers["X-Request-Id"] == "context.requestId"
    assert headers["Access-Control-Allow-Origin"] == _ALLOWED_ORIGIN
    assert headers["Access-Control-Allow-Credentials"] == "'true'"


@pytest.mark.parametrize("kind", sorted(RESPONSES))
def test_pages_may_read_what_the_gateway_tells(kind: str) -> None:
    exposed = set(_headers(RESPONSES[kind])["Access-Control-Expose-Headers"].strip("'").split(", "))
    told = {"X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"} & set(_headers(RESPONSES[kind]))
    assert told <= exposed <= set(EXPOSED_HEADERS.split(", "))


@pytest.mark.parametrize("kind", sorted(RESPONSES))
def test_the_gateways_answers_are_problems_that_the_code_knows(kind: str) -> None:
    body = _body(RESPONSES[kind])
    problem = _PROBLEMS[body["code"]]
    assert body["type"] == f"{PROBLEM_TYPE_BASE}{body['code']}"
    assert body["title"] == problem.title
    assert body["instance"] == "urn:request:$context.requestId"
    assert set(body) <= {"type", "title", "status", "code", "detail", "instance"}


@pytest.mark.parametrize("kind", sorted(set(RESPONSES) - _DEFAULTS))
def test_the_status_in_the_body_is_the_status_of_the_answer(kind: str) -> None:
    status = int(RESPONSES[kind]["statusCode"])
    assert _body(RESPONSES[kind])["status"] == status
    expected = _PROBLEMS[_body(RESPONSES[kind])["code"]].status
    # A function that took too long is no other problem to a client than one that is overloaded.
    assert status == (HTTPStatus.GATEWAY_TIMEOUT if kind == "INTEGRATION_TIMEOUT" else expected)


def test_the_authorizers_two_refusals_become_401_and_429() -> None:
    assert RESPONSES["UNAUTHORIZED"]["statusCode"] == "401"
    assert _headers(RESPONSES["UNAUTHORIZED"])["WWW-Authenticate"] == "'Bearer'"
    assert RESPONSES["ACCESS_DENIED"]["statusCode"] == "429"
    headers = _headers(RESPONSES["ACCESS_DENIED"])
    assert {name: headers[name] for name in ("Retry-After", "RateLimit", "RateLimit-Policy")} == {
        "Retry-After": "context.authorizer.retryAfter",
        "RateLimit": "context.authorizer.rateLimit",
        "RateLimit-Policy": "context.authorizer.rateLimitPolicy",
    }


def test_an_answer_that_asks_to_wait_says_how_long() -> None:
    for kind, response in RESPONSES.items():
        if kind not in _DEFAULTS and int(response["statusCode"]) in {429, 503, 504}:
            assert "Retry-After" in _headers(response), kind


def test_every_route_has_the_authorizer_or_is_public() -> None:
    for (method, path), function in routes().items():
        security = _API["paths"][path][method.lower()]["security"]
        assert security == ([{"NONE": []}] if is_public(function) else [{"Gate": []}]), f"{method} {path}"


def test_no_verdict_of_the_authorizer_is_remembered() -> None:
    gate = _API["securityDefinitions"]["Gate"]["x-amazon-apigateway-authorizer"]
    assert gate["authorizerResultTtlInSeconds"] == 0
    assert gate["type"] == "request"
    # An identity source would have API Gateway refuse by itself, before the authorizer has counted the request.
    assert gate.get("identitySource", "") == ""
    assert set(_API["securityDefinitions"]) == {"Gate"}


@pytest.mark.parametrize("path", sorted(_API["paths"]))
def test_a_preflight_needs_no_credential_and_is_told_what_is_allowed(path: str) -> None:
    preflight = _API["paths"][path]["options"]
    assert "security" not in preflight
    told = preflight["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
    allowed = {name.removeprefix("method.response.header.Access-Control-"): value for name, value in told.items()}
    assert set(allowed["Allow-Headers"].strip("'").split(",")) == _REQUEST_HEADERS
    assert allowed["Allow-Origin"] == _ALLOWED_ORIGIN
    assert allowed["Allow-Credentials"] == "'true'"
    methods = {method.upper() for method in _API["paths"][path]}
    assert methods <= set(allowed["Allow-Methods"].strip("'").split(","))


@pytest.mark.asvs("3.4.1")
@pytest.mark.parametrize("path", sorted(_API["paths"]))
def test_a_preflight_has_the_headers_of_every_answer(path: str) -> None:
    preflight = _API["paths"][path]["options"]
    told = preflight["x-amazon-apigateway-integration"]["responses"]["default"]["responseParameters"]
    for name, value in SECURITY_HEADERS.items():
        assert told[f"method.response.header.{name}"] == f"'{value}'"
    # A header that the method's own response does not have is dropped on the way (AWS, "Set up method responses").
    declared = preflight["responses"]["200"]["headers"]
    assert {f"method.response.header.{name}" for name in declared} == set(told)


def test_the_whole_api_is_throttled_and_traced() -> None:
    stage = of_type("AWS::ApiGateway::Stage")
    (properties,) = [each["Properties"] for each in stage.values()]
    (settings,) = properties["MethodSettings"]
    assert (settings["HttpMethod"], settings["ResourcePath"]) == ("*", "/*")
    assert settings["ThrottlingRateLimit"] > 0
    assert properties["TracingEnabled"] is True
    assert settings.get("DataTraceEnabled", False) is False, "it would log bodies"


def test_the_access_log_holds_no_credential_and_no_query() -> None:
    logged = template(API)["Resources"]["Api"]["Properties"]["AccessLogSetting"]["Format"]
    variables = {value.removeprefix("$context.") for value in json.loads(logged).values()}
    assert variables == {
        "requestId",
        "identity.sourceIp",
        "httpMethod",
        "resourcePath",
        "status",
        "responseLatency",
        "error.responseType",
    }
