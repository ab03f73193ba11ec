"""POST /v1/auth/login: sign in with a password."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.identity import sign_in
from nexstock.identity.mfa_schemas import SecondFactorView
from nexstock.identity.results import signed_in_or_asked
from nexstock.identity.schemas import LogIn, SignInView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/login", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def log_in(command: LogIn, origin: OriginDep) -> Response[SignInView | SecondFactorView]:
    """Sign in; the refresh token comes as a cookie, or in the body for clients that ask for it there.

    Whoever has a second factor gets no tokens yet, but what `POST /v1/auth/login/mfa` needs.

    Raises:
        Unauthenticated: any wrong pair of address and password (401).
        EmailNotVerified: the right password, but the address is not verified (403).
        TooManyRequests: too many requests, or too many wrong passwords, came from the caller's network (429).
    """
    return signed_in_or_asked(sign_in.log_in(command, origin), command.refresh_token_delivery)


handler = app.handler
