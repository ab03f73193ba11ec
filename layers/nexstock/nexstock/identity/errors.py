"""Problems of accounts, sign-ins and second factors."""

from http import HTTPStatus

from nexstock.errors import Conflict, Problem


class EmailNotVerified(Problem):
    """The password is right, the address not yet verified (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "email_not_verified", "The e-mail address is not verified yet"


class OwnSignInRequired(Problem):
    """The session was opened by one organization's provider, and the account is not that organization's alone (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "own_sign_in_required", "Sign in by what is your own"

    def __init__(self) -> None:
        super().__init__("An organization's provider does not speak for an account that belongs to others as well")


class NoOrganization(Problem):
    """The password is right, and the person belongs to no organization any more (403)."""

    status, slug, title = HTTPStatus.FORBIDDEN, "no_organization", "You belong to no organization"


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


class InvalidCode(Problem):
    """The one-time code is wrong, spent, too old, or was tried too often (422); it does not say which."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_code", "The code is not valid"


class InvalidPasskey(Problem):
    """The authenticator's answer does not prove a new passkey for this request (422); it does not say why."""

    status, slug, title = HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_passkey", "The passkey is not valid"
