"""POST /v1/auth/sso/complete: sign in with what the identity provider sent the browser back with."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.crypto.envelope import open_sealed
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.identity.results import signed_in
from nexstock.identity.schemas import SignInView
from nexstock.single_sign_on.completion import complete_sign_on
from nexstock.single_sign_on.schemas import CompleteSingleSignOn
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/sso/complete", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def complete_single_sign_on(command: CompleteSingleSignOn, origin: OriginDep) -> Response[SignInView]:
    """Sign in; somebody new becomes a member. The refresh token comes as it does at a sign-in with a password.

    Raises:
        SingleSignOnRefused: spent, too old, another browser's, or the provider vouches for nobody of ours (401).
        TooManyOrganizations: the person can belong to no more organizations (409).
        IdentityProviderFailed: the provider is away, or does not do what it has to (502).
    """
    result = complete_sign_on(command, origin, open_sealed=open_sealed)
    return signed_in(result, command.refresh_token_delivery)


handler = app.handler
