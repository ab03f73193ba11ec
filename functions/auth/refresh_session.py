"""POST /v1/auth/refresh: spend the refresh token, from the cookie or the body, for the next pair of tokens."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.identity import sign_in
from nexstock.identity.cookie import RefreshCookieDep
from nexstock.identity.results import signed_in
from nexstock.identity.schemas import RefreshSession, SignInView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/refresh", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def refresh_session(
    origin: OriginDep,
    cookie: RefreshCookieDep,
    command: Annotated[RefreshSession | None, Body()] = None,
) -> Response[SignInView]:
    """Refresh; the next token comes the way that the spent one came.

    Raises:
        Unauthenticated: spent, ended, or unknown (401); a spent token also ends its session.
    """
    in_body = command.refresh_token if command else None
    token = in_body or cookie or ""
    return signed_in(sign_in.refresh(token, origin), "body" if in_body else "cookie")


handler = app.handler
