"""Reading requests: JSON as RFC 8259 has it, preconditions as RFC 9110 has them, origins as we allow them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock import errors
from nexstock.http import requests
from tests.support.environment import ALLOWED_ORIGIN
from tests.support.events import api_event


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{'a': 1}",
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 2}',
        '{"a": {"b": 1, "b": 1}}',
        '[{"a": 1, "\\u0061": 2}]',
        '{"a": 01}',
        '{"a": 1,}',
        '{"a": 1} x',
        '"\t"',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
    ],
    ids=lambda text: text[:20] or "empty",
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(errors.MalformedRequest) as refused:
        requests.strict_json(text)

    assert refused.value.status == 400
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("number", ["0.1", "1.10", "123456789.123456789", "1e2", "-0.0000001"])
def test_fractions_stay_exact_decimals(number: str) -> None:
    value = requests.strict_json(f'{{"quantity": {number}}}')["quantity"]

    assert isinstance(value, Decimal)
    assert value == Decimal(number)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(min_value=-(10**18), max_value=10**18) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(value=_JSON)
def test_json_is_read_as_it_was_written(value: Any) -> None:  # noqa: ANN401 (any JSON value)
    import json  # noqa: PLC0415 (the test's own writer, beside the reader under test)

    assert requests.strict_json(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("header", "version"),
    [(None, None), ("*", None), (" * ", None), ('"1"', 1), (' "7" ', 7), ('"1234567890"', 1234567890)],
)
def test_if_match_names_a_version(header: str | None, version: int | None) -> None:
    headers = {} if header is None else {"if-match": header}

    assert requests.expected_version(api_event("PATCH", "/v1/x", headers=headers)) == version


@pytest.mark.parametrize(
    "header", ["", "1", '"0"', '"01"', 'W/"1"', '"abc"', '"1', '""', '"-1"', '"1.0"', '"12345678901"', '"\u0661"']
)
def test_if_match_that_no_tag_of_ours_can_meet_fails(header: str) -> None:
    with pytest.raises(errors.PreconditionFailed):
        requests.expected_version(api_event("PATCH", "/v1/x", headers={"If-Match": header}))


_COOKIE = {"Cookie": "__Secure-nexstock_refresh=x"}


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": ALLOWED_ORIGIN + ".evil.example"},
        {"Origin": ALLOWED_ORIGIN.replace("https", "http")},
        {"Origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_change_with_a_cookie_from_elsewhere_is_refused(method: str, headers: dict[str, str]) -> None:
    event = api_event(method, "/v1/auth/refresh", headers={**_COOKIE, **headers})

    with pytest.raises(errors.OriginNotAllowed):
        requests.require_allowed_origin(event, ALLOWED_ORIGIN)


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("POST", {**_COOKIE, "Origin": ALLOWED_ORIGIN}),
        ("POST", {**_COOKIE, "origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": "same-site"}),
        ("POST", {}),
        ("POST", {"Origin": "https://evil.example"}),
        ("GET", {**_COOKIE, "Origin": "https://evil.example"}),
    ],
)
def test_request_without_a_cookie_or_from_our_page_passes(method: str, headers: dict[str, str]) -> None:
    event = api_event(method, "/v1/auth/refresh", headers=headers)

    requests.require_allowed_origin(event, ALLOWED_ORIGIN)

    assert requests.header(event, "ORIGIN") == (headers.get("Origin") or headers.get("origin"))


@pytest.mark.parametrize(
    ("body", "accepted"),
    [
        (None, True),
        ("x" * requests.MAX_BODY_BYTES, True),
        ("x" * (requests.MAX_BODY_BYTES + 1), False),
        ("é" * (requests.MAX_BODY_BYTES // 2 + 1), False),
    ],
    ids=["none", "largest", "one byte more", "counted in bytes"],
)
def test_body_is_limited_in_bytes(body: str | None, accepted: bool) -> None:  # noqa: FBT001
    event = api_event("POST", "/v1/products", body=body)
    if accepted:
        requests.require_acceptable_size(event, requests.JSON)
        assert event["body"] == body
    else:
        with pytest.raises(errors.ContentTooLarge):
            requests.require_acceptable_size(event, requests.JSON)


def test_a_table_may_be_larger_than_a_document() -> None:
    event = api_event("POST", "/v1/products/import", body="x" * requests.MAX_CSV_BYTES)

    requests.require_acceptable_size(event, requests.CSV)
    with pytest.raises(errors.ContentTooLarge):
        requests.require_acceptable_size({**event, "body": event["body"] + "x"}, requests.CSV)


def test_address_is_the_gateways_and_never_a_headers() -> None:
    forged = {"X-Forwarded-For": "10.0.0.1", "Forwarded": "for=10.0.0.1", "X-Real-Ip": "10.0.0.1"}

    origin = requests.origin_of(api_event("GET", "/v1/products", headers=forged, ip="203.0.113.9"))

    assert origin.ip == "203.0.113.9"


def test_user_agent_is_kept_short() -> None:
    origin = requests.origin_of(api_event("GET", "/v1/products", headers={"User-Agent": "x" * 5000}))

    assert origin.user_agent == "x" * 300
