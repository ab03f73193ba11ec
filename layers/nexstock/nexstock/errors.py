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


class SingleSignOnRefused(Unauthenticated):
    """What came back from the identity provider lets nobody in (401); `detail` says why."""

    slug, title = "single_sign_on_refused", "Single sign-on did not succeed"


class Forbidden(Problem):
    """The credential is valid and does not reach this far (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "forbidden", "This is not permitted"


class AddressNotAllowed(Problem):
    """The API key is valid, and not from this IP address (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "address_not_allowed", "This key may not be used from this address"


class EmailNotVerified(Problem):
    """The password is right, the address not yet verified (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "email_not_verified", "The e-mail address is not verified yet"


class OwnSignInRequired(Problem):
    """The session was opened by one organization's provider, and the account is not that organization's alone (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "own_sign_in_required", "Sign in by what is your own"

    def __init__(self) -> None:
        super().__init__("An organization's provider does not speak for an account that belongs to others as well")


class StepUpRequired(Problem):
    """The action needs a proof, obtained a moment ago, that the person is there (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "step_up_required", "Please confirm that it is you"

    def __init__(self, action: str) -> None:
        super().__init__(f"X-Step-Up has to carry an unused proof for {action}", extensions={"action": action})


class NoOrganization(Problem):
    """The password is right, and the person belongs to no organization any more (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "no_organization", "You belong to no organization"


class SingleSignOnRequired(Problem):
    """Who the person is was shown, but their organization admits them by single sign-on only (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "single_sign_on_required", "Sign in with your organization's provider"

    def __init__(self, organization_id: str) -> None:
        super().__init__(extensions={"organizationId": organization_id})


class OriginNotAllowed(Problem):
    """A request with a cookie from an origin that is not ours (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "origin_not_allowed", "Requests from this origin are not accepted"


class NotFound(Problem):
    """No such thing here (404); another organization's thing looks exactly the same."""

    status, slug, title = HTTPStatus.NOT_FOUND, "not_found", "There is nothing here"


class SingleSignOnNotFound(NotFound):
    """No organization signs in people of this domain at a provider of its own (404)."""

    slug, title = "single_sign_on_not_found", "There is no single sign-on for this address"


class Conflict(Problem):
    """The present state does not allow it (409)."""

    status, slug, title = HTTPStatus.CONFLICT, "conflict", "The present state does not allow this"


class SkuTaken(Conflict):
    """Another product of the organization has this SKU (409)."""

    slug, title = "sku_taken", "Another product has this SKU"


class LastOwner(Conflict):
    """An organization keeps at least one owner (409)."""

    slug, title = "last_owner", "An organization keeps at least one owner"

    def __init__(self, organization_id: str) -> None:
        detail = "Make another member an owner first, or delete the organization"
        super().__init__(detail, extensions={"organizationId": organization_id})


class AlreadyMember(Conflict):
    """The invited address is a member's (409)."""

    slug, title = "already_member", "This address belongs to a member already"


class TooManyOrganizations(Conflict):
    """A person belongs to as many organizations as one can (409)."""

    slug, title = "too_many_organizations", "One person can belong to no more organizations"


class FactorActive(Conflict):
    """The account has this second factor already (409)."""

    slug, title = "factor_active", "This second factor is active already"


class TooManyPasskeys(Conflict):
    """An account keeps no more passkeys (409)."""

    slug, title = "too_many_passkeys", "This account keeps no more passkeys"


class PasskeyTaken(Conflict):
    """The authenticator made this passkey for an account before (409)."""

    slug, title = "passkey_taken", "This passkey is registered already"


class PasswordTooShort(Conflict):
    """Without a second factor the account's password would be shorter than passwords alone may be (409)."""

    slug, title = "password_too_short", "Choose a longer password first"


class SingleSignOnExists(Conflict):
    """An organization has one connection to an identity provider (409)."""

    slug, title = "single_sign_on_exists", "Single sign-on is set up already"


class DomainTaken(Conflict):
    """Another organization has verified this domain (409)."""

    slug, title = "domain_taken", "Another organization has verified this domain"


class DomainNotVerified(Conflict):
    """The domain's TXT record does not say what it has to (409)."""

    slug, title = "domain_not_verified", "The domain is not proven yet"


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

    status, slug, title = HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", "Send application/json"


class IdempotencyKeyReused(Problem):
    """The idempotency key was first used with another request (422)."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    slug, title = "idempotency_key_reused", "This idempotency key was used for another request"


class InvalidCode(Problem):
    """The one-time code is wrong, spent, too old, or was tried too often (422); it does not say which."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_code", "The code is not valid"


class InvalidPasskey(Problem):
    """The authenticator's answer does not prove a new passkey for this request (422); it does not say why."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_passkey", "The passkey is not valid"


class InvalidInvitation(Problem):
    """The invitation is unknown, spent, revoked or too old (422); it does not say which."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_invitation", "The invitation is not valid"


class TooManyRequests(Problem):
    """A rate limit is used up (429)."""

    status, slug, title = HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", "Too many requests"


class IdentityProviderFailed(Problem):
    """The organization's identity provider is away, or does not do what OpenID Connect asks of it (502)."""

    status, slug, title = HTTPStatus.BAD_GATEWAY, "identity_provider_failed", "Your organization's provider failed"


class TemporarilyUnavailable(Problem):
    """A dependency is overloaded or contended; nothing was changed (503)."""

    status, slug, title = HTTPStatus.SERVICE_UNAVAILABLE, "temporarily_unavailable", "Please try again shortly"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "1"})
