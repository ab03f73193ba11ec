"""Beginning to sign in at an organization's identity provider: the authorization code flow, with PKCE.

Of the address only the domain counts, so nothing is told of who has an account; that an organization uses single
sign-on for its domain is no secret.
"""

from urllib.parse import urlencode

from nexstock.clock import Clock, utc_now
from nexstock.single_sign_on import pending, provider
from nexstock.single_sign_on.errors import SingleSignOnNotFound
from nexstock.single_sign_on.model import SingleSignOn
from nexstock.single_sign_on.redirection import REDIRECT_URI
from nexstock.single_sign_on.repository import organization_of_domain, present_connection
from nexstock.single_sign_on.schemas import StartedSignOnView


def begin_sign_on(email: str, *, clock: Clock = utc_now) -> StartedSignOnView:
    """Store a new sign-in, and return where its browser goes and what it keeps.

    Raises:
        SingleSignOnNotFound: no organization has verified the domain and switched single sign-on on (404).
        IdentityProviderFailed: its provider is away, or does not do what it has to (502).
    """
    connection = _connection_of(email.rpartition("@")[2])
    metadata = provider.metadata_of(connection.issuer)
    state, token = pending.begin(connection, clock())
    request = {
        "response_type": "code",
        "client_id": connection.client_id,
        "redirect_uri": REDIRECT_URI,
        "scope": "openid email profile",
        "state": state,
        "nonce": token.nonce,
        "code_challenge": token.code_challenge,
        "code_challenge_method": "S256",
        "login_hint": email,
    }
    endpoint = metadata.authorization_endpoint
    separator = "&" if "?" in endpoint else "?"
    return StartedSignOnView(authorization_url=f"{endpoint}{separator}{urlencode(request)}", sign_in_token=token.text)


def _connection_of(domain: str) -> SingleSignOn:
    organization_id = organization_of_domain(domain)
    connection = present_connection(organization_id) if organization_id else None
    if connection is None or not connection.admits(domain):
        raise SingleSignOnNotFound
    return connection
