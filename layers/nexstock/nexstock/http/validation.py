"""Turns what Pydantic says about a request into a problem that names each place, never its value."""

from collections.abc import Sequence

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from nexstock.errors import FieldError, InvalidRequest
from nexstock.http.reasons import reason_of


def invalid_request(error: RequestValidationError) -> InvalidRequest:
    """Return the problem for a failed validation.

    A pointer is RFC 6901 into the body, or `?name` for a query parameter.
    """
    return InvalidRequest([FieldError(_pointer(entry["loc"]), reason_of(entry)) for entry in error.errors()])


def _pointer(location: Sequence[str | int]) -> str:
    place, *path = location
    if place == "query":
        return f"?{path[0]}" if path else "?"
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in path)
