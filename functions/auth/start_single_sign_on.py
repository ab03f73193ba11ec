"""POST /v1/auth/sso/start: begin to sign in at the identity provider of an address's organization."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.results import answered
from nexstock.single_sign_on.beginning import begin_sign_on
from nexstock.single_sign_on.schemas import StartedSignOnView, StartSingleSignOn
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/sso/start", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def start_single_sign_on(command: StartSingleSignOn) -> Response[StartedSignOnView]:
    """Begin to sign in; keep the token in the browser, and send the browser to the URL.

    Raises:
        SingleSignOnNotFound: no organization signs in people of this domain at a provider of its own (404).
        IdentityProviderFailed: the provider is away, or does not do what it has to (502).
    """
    return answered(begin_sign_on(command.email))


handler = app.handler
