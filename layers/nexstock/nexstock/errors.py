"""Problems: what a caller is told when a request is refused (RFC 9457, docs/problems.md).

A problem is a type with a fixed status, slug and title; `detail` says to a person what this case was.
Refused input, key names, ARNs and exception texts never stand in one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with a request: where (RFC 6901 pointer or `?name`), and what."""

    pointer: str
    detail: str


class Problem(Exception):  # noqa: N818 (the field's word is problem, RFC 9457)
    """A refusal with an HTTP status; subclasses fix status, slug and title.

    Args:
        detail: one sentence about this case, safe to show.
        headers: response headers that belong to the refusal, such as `Retry-After`.
        extensions: further members of the body, JSON values.
    """

    status: ClassVar[HTTPStatus] = HTTPStatus.INTERNAL_SERVER_ERROR
    slug: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something failed on our side"

    def __init__(
        self,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = dict(extensions or {})


class InternalError(Problem):
    """An unforeseen fault (500); it has no detail, on purpose."""


class InvalidRequest(Problem):
    """The request does not have the form that the contract gives it (422)."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", "The request is not valid"

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(
            "; ".join(f"{error.pointer or 'body'}: {error.detail}" for error in errors[:3]),
            extensions={"errors": [{"pointer": error.pointer, "detail": error.detail} for error in errors]},
        )


class MalformedRequest(Problem):
    """The request cannot be read at all, e.g. a body that is no JSON (400)."""

    status, slug, title = HTTPStatus.BAD_REQUEST, "malformed_request", "The request cannot be read"


class InvalidCursor(Problem):
    """The cursor was not given out for this list (400)."""

    status, slug, title = HTTPStatus.BAD_REQUEST, "invalid_cursor", "The cursor is not valid"


class Unauthenticated(Problem):
    """No valid credential (401)."""

    status, slug, title = HTTPStatus.UNAUTHORIZED, "unauthenticated", "A valid credential is needed"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """The credential is valid and does not reach this far (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "forbidden", "This is not permitted"


class AddressNotAllowed(Problem):
    """The API key is valid, and not from this IP address (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "address_not_allowed", "This key may not be used from this address"


class StepUpRequired(Problem):
    """The action needs a proof, obtained a moment ago, that the person is there (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "step_up_required", "Please confirm that it is you"

    def __init__(self, action: str) -> None:
        super().__init__(f"X-Step-Up has to carry an unused proof for {action}", extensions={"action": action})


class OriginNotAllowed(Problem):
    """A request with a cookie from an origin that is not ours (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "origin_not_allowed", "Requests from this origin are not accepted"


class NotFound(Problem):
    """No such thing here (404); another organization's thing looks exactly the same."""

    status, slug, title = HTTPStatus.NOT_FOUND, "not_found", "There is nothing here"


class Conflict(Problem):
    """The present state does not allow it (409)."""

    status, slug, title = HTTPStatus.CONFLICT, "conflict", "The present state does not allow this"


class InvalidState(Conflict):
    """What is asked for cannot be done in the present `status` (409)."""

    slug, title = "invalid_state", "Its present status does not allow this"

    def __init__(self, status: str) -> None:
        super().__init__(f"it is {status}", extensions={"currentStatus": status})


class ReplayRefused(Conflict):
    """The idempotency key's first answer held a secret, which is shown only once (409)."""

    slug, title = "answer_shown_once", "The first answer to this key held a secret and is not shown again"


class PreconditionFailed(Problem):
    """`If-Match` names another version than the present one (412)."""

    status, slug, title = HTTPStatus.PRECONDITION_FAILED, "stale_version", "The item has changed meanwhile"


class ContentTooLarge(Problem):
    """The body is larger than any operation takes (413)."""

    status, slug, title = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "content_too_large", "The request body is too large"


class UnsupportedMediaType(Problem):
    """The body is not of a type that this operation reads (415)."""

    status, slug, title = (
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
        "The body is of another type",
    )


class IdempotencyKeyReused(Problem):
    """The idempotency key was first used with another request (422)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug, title = "idempotency_key_reused", "This idempotency key was used for another request"


class TooManyChanges(Problem):
    """One request would change more items than one transaction holds (422)."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "too_many_changes", "This is too much for one request"


class TooManyRequests(Problem):
    """A rate limit is used up (429)."""

    status, slug, title = HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "Too many requests"


class TemporarilyUnavailable(Problem):
    """A dependency is overloaded or contended; nothing was changed (503)."""

    status, slug, title = HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", "Please try again shortly"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})
