"""A refused request is told where it is wrong, and its values are not repeated."""

from typing import Any

import pytest
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from nexstock.http.validation import invalid_request


def _told(*, loc: tuple[str | int, ...], kind: str = "string_type", msg: str = "x") -> dict[str, str]:
    entry: dict[str, Any] = {"loc": loc, "type": kind, "msg": msg, "input": "secret-input"}
    told: dict[str, str] = invalid_request(RequestValidationError([entry])).extensions["errors"][0]
    return told


@pytest.mark.parametrize(
    ("loc", "pointer"),
    [
        (("body",), ""),
        (("body", "sku"), "/sku"),
        (("body", "price", "amount"), "/price/amount"),
        (("body", "barcodes", 3), "/barcodes/3"),
        (("body", "attributes", "a/b~c"), "/attributes/a~1b~0c"),
        (("query", "limit"), "?limit"),
        (("query",), "?"),
    ],
)
def test_place_is_a_json_pointer_or_a_parameter(loc: tuple[str | int, ...], pointer: str) -> None:
    assert _told(loc=loc)["pointer"] == pointer


@pytest.mark.parametrize(
    ("kind", "msg", "detail"),
    [
        ("extra_forbidden", "Extra inputs are not permitted", "unknown field"),
        ("missing", "Field required", "required"),
        ("value_error", "Value error, cannot be removed", "cannot be removed"),
        ("string_too_long", "at most 64 characters", "at most 64 characters"),
    ],
)
def test_reason_is_in_our_words(kind: str, msg: str, detail: str) -> None:
    assert _told(loc=("body", "sku"), kind=kind, msg=msg)["detail"] == detail


def test_refused_value_is_not_repeated() -> None:
    entry = {"loc": ("body", "sku"), "type": "string_type", "msg": "has to be text", "input": "secret-input"}

    problem = invalid_request(RequestValidationError([entry]))

    assert problem.status == 422
    assert "secret-input" not in f"{problem.detail}{problem.extensions}"
