"""Reading a request: where it came from, its JSON, its preconditions, its origin."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from nexstock.auth.principals import RequestOrigin
from nexstock.errors import ContentTooLarge, MalformedRequest, OriginNotAllowed, PreconditionFailed

Event = dict[str, Any]
"""A request as API Gateway hands it to a function (Lambda proxy integration, format 1.0)."""

JSON: Final = "application/json"
CSV: Final = "text/csv"

MAX_BODY_BYTES: Final = 256 * 1024
"""Below the 400 KB that one DynamoDB item may have, so that no accepted body fails later."""

MAX_CSV_BYTES: Final = 5_000_000
"""The gateway hands a body on as text in a JSON document, where quotes and line ends take two bytes; that document may
have 6 MB (AWS: "Lambda quotas", invocation payload)."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_USER_AGENT: Final = 300
_STRONG_ETAG: Final = re.compile(r'"([1-9][0-9]{0,9})"')


def origin_of(event: Mapping[str, Any]) -> RequestOrigin:
    """Return where the request came from, as the gateway saw it; a header never decides the address."""
    context = event["requestContext"]
    return RequestOrigin(
        request_id=context["requestId"],
        ip=context["identity"]["sourceIp"],
        user_agent=(header(event, "User-Agent") or "")[:_MAX_USER_AGENT],
    )


def header(event: Mapping[str, Any], name: str) -> str | None:
    """Return a header's value; names are case-insensitive (RFC 9110, 5.1)."""
    wanted = name.lower()
    for sent, value in (event.get("headers") or {}).items():
        if sent.lower() == wanted:
            return str(value)
    return None


def require_allowed_origin(event: Mapping[str, Any], allowed_origin: str) -> None:
    """Refuse a state-changing request that carries a cookie, unless a page of ours sent it.

    `SameSite=Strict` already keeps foreign pages from sending the cookie; this is the second wall (ASVS 3.5.1).

    Raises:
        OriginNotAllowed: `Origin` is missing or foreign, or the browser calls it cross-site (403).
    """
    if event["httpMethod"] in _SAFE_METHODS or header(event, "Cookie") is None:
        return
    if header(event, "Origin") != allowed_origin or header(event, "Sec-Fetch-Site") == "cross-site":
        raise OriginNotAllowed


def expected_version(event: Mapping[str, Any]) -> int | None:
    """Return the version that `If-Match` asks for; None if there is no such header, or it is `*`.

    Raises:
        PreconditionFailed: no entity tag of ours can match it, weak ones included (RFC 9110, 13.1.1; 412).
    """
    condition = header(event, "If-Match")
    if condition is None or condition.strip() == "*":
        return None
    match = _STRONG_ETAG.fullmatch(condition.strip())
    if match is None:
        raise PreconditionFailed
    return int(match.group(1))


def require_acceptable_size(event: Mapping[str, Any], media_type: str) -> None:
    """Refuse a body that no operation which takes the media type takes.

    Raises:
        ContentTooLarge: more than `MAX_BODY_BYTES`, of CSV more than `MAX_CSV_BYTES` (413).
    """
    if len((event.get("body") or "").encode()) > (MAX_CSV_BYTES if media_type == CSV else MAX_BODY_BYTES):
        raise ContentTooLarge


def strict_json(text: str) -> Any:  # noqa: ANN401 (JSON is any value until it is parsed into a command)
    """Return the value of a JSON text (RFC 8259), without what Python's parser adds to JSON.

    Fractions become `Decimal`: quantities are never binary floats.

    Raises:
        MalformedRequest: no JSON, NaN or Infinity, a name given twice, or nested too deeply (400).
    """
    try:
        return json.loads(
            text, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_without_repetition
        )
    except (ValueError, RecursionError):
        detail = "The body has to be JSON (RFC 8259), each name once"
        raise MalformedRequest(detail) from None


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError
    return result
