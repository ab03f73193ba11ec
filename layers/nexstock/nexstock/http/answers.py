"""Answers as API Gateway takes them from a function (Lambda proxy integration)."""

import json
from collections.abc import Mapping
from typing import Any, Final

from nexstock.auth.principals import RequestOrigin
from nexstock.config import HttpSettings
from nexstock.errors import Problem
from nexstock.http import requests
from nexstock.http.headers import SECURITY_HEADERS, cross_origin_headers
from nexstock.idempotency import AlreadyAnswered, IdempotencyKey, replay
from nexstock.throttling import Allowance

Answer = dict[str, Any]

HTTP: Final = HttpSettings.from_env()
PROBLEM_TYPE_BASE: Final = "https://nexstock.com/problems/"


def problem_answer(problem: Problem, request_id: str) -> Answer:
    """Return the answer for a problem (RFC 9457).

    Two problems of one type differ in `detail`, `instance` and extensions only.
    """
    body = {
        "type": f"{PROBLEM_TYPE_BASE}{problem.slug}",
        "title": problem.title,
        "status": int(problem.status),
        "code": problem.slug,
        "detail": problem.detail,
        "instance": f"urn:request:{request_id}",
        **problem.extensions,
    }
    return {
        "statusCode": int(problem.status),
        "headers": {**problem.headers, "Content-Type": "application/problem+json"},
        "body": json.dumps({name: value for name, value in body.items() if value is not None}),
        "isBase64Encoded": False,
    }


def replayed(key: IdempotencyKey | None, earlier: AlreadyAnswered) -> Answer:
    """Return the first answer to an idempotency key once more."""
    if key is None:
        message = "only a request with a key can meet its record"
        raise TypeError(message)
    status, headers, body = replay(key, earlier.answer)
    return {"statusCode": status, "headers": headers, "body": body, "isBase64Encoded": False}


def flattened(answer: Mapping[str, Any]) -> Answer:
    """Return the resolver's answer with one value a header."""
    # No answer of ours repeats a header, so the single-value form says everything.
    headers = {name: values[-1] for name, values in answer["multiValueHeaders"].items()}
    return {
        "statusCode": int(answer["statusCode"]),
        "headers": headers,
        "body": answer.get("body") or "",
        "isBase64Encoded": answer["isBase64Encoded"],
    }


def framed(answer: Answer, event: requests.Event, origin: RequestOrigin, allowance: Allowance | None) -> Answer:
    """Return the answer with the headers that every answer carries."""
    headers = {
        **(allowance.headers if allowance else _counted_by_authorizer(event)),
        **answer["headers"],
        **SECURITY_HEADERS,
        **cross_origin_headers(requests.header(event, "Origin"), HTTP.allowed_origin),
        "X-Request-Id": origin.request_id,
    }
    return {**answer, "headers": headers}


def _counted_by_authorizer(event: requests.Event) -> dict[str, str]:
    context = event["requestContext"].get("authorizer") or {}
    fields = {"RateLimit": context.get("rateLimit"), "RateLimit-Policy": context.get("rateLimitPolicy")}
    return {name: str(value) for name, value in fields.items() if value}
