"""What an operation can ask the frame for, beside its own parameters."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.request import Request

from nexstock.auth.principals import Caller, RequestOrigin
from nexstock.http import requests


def _current_caller(request: Request) -> Caller:
    caller = request.context["caller"]
    if not isinstance(caller, Caller):
        message = "a public operation has no caller"
        raise TypeError(message)
    return caller


def _current_origin(request: Request) -> RequestOrigin:
    return requests.origin_of(request.resolved_event.raw_event)


def _expected_version(request: Request) -> int | None:
    return requests.expected_version(request.resolved_event.raw_event)


def _csv_body(request: Request) -> str:
    return str(request.resolved_event.raw_event.get("body") or "")


CallerDep = Annotated[Caller, Depends(_current_caller)]
"""The authenticated caller."""

OriginDep = Annotated[RequestOrigin, Depends(_current_origin)]
"""Where a public request came from."""

ExpectedVersionDep = Annotated[int | None, Depends(_expected_version)]
"""The version that `If-Match` asks for."""

CsvBodyDep = Annotated[str, Depends(_csv_body)]
"""The body of an operation that takes CSV, as the gateway read it: bytes that are no UTF-8 are U+FFFD by then."""
