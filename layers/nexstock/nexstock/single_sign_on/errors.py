"""Problems of single sign-on."""

from http import HTTPStatus

from nexstock.errors import Conflict, NotFound, Problem, Unauthenticated


class SingleSignOnRefused(Unauthenticated):
    """What came back from the identity provider lets nobody in (401); `detail` says why."""

    slug, title = "single_sign_on_refused", "Single sign-on did not succeed"


class SingleSignOnRequired(Problem):
    """Who the person is was shown, but their organization admits them by single sign-on only (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "single_sign_on_required", "Sign in with your organization's provider"

    def __init__(self, organization_id: str) -> None:
        super().__init__(extensions={"organizationId": organization_id})


class SingleSignOnNotFound(NotFound):
    """No organization signs in people of this domain at a provider of its own (404)."""

    slug, title = "single_sign_on_not_found", "There is no single sign-on for this address"


class SingleSignOnExists(Conflict):
    """An organization has one connection to an identity provider (409)."""

    slug, title = "single_sign_on_exists", "Single sign-on is set up already"


class DomainTaken(Conflict):
    """Another organization has verified this domain (409)."""

    slug, title = "domain_taken", "Another organization has verified this domain"


class DomainNotVerified(Conflict):
    """The domain's TXT record does not say what it has to (409)."""

    slug, title = "domain_not_verified", "The domain is not proven yet"


class IdentityProviderFailed(Problem):
    """The organization's identity provider is away, or does not do what OpenID Connect asks of it (502)."""

    status, slug, title = HTTPStatus.BAD_GATEWAY, "identity_provider_failed", "Your organization's provider failed"
