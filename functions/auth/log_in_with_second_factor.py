"""POST /v1/auth/login/mfa: complete a sign-in with a second factor."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.identity import multi_factor
from nexstock.identity.mfa_schemas import LogInWithSecondFactor
from nexstock.identity.results import signed_in
from nexstock.identity.schemas import SignInView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/login/mfa", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def log_in_with_second_factor(command: LogInWithSecondFactor, origin: OriginDep) -> Response[SignInView]:
    """Complete a sign-in with a code of the authenticator app, a recovery code, or a passkey.

    Raises:
        Unauthenticated: a wrong or used factor, or a sign-in that ended (401); it does not say which.
    """
    return signed_in(multi_factor.log_in_with_second_factor(command, origin), command.refresh_token_delivery)


handler = app.handler
