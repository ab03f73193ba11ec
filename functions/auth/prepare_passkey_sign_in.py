"""POST /v1/auth/passkeys/options: prepare a sign-in with a passkey."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.results import answered
from nexstock.identity import passkeys
from nexstock.identity.mfa_schemas import RequestOptionsView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/passkeys/options", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def prepare_passkey_sign_in() -> Response[RequestOptionsView]:
    """Return what a browser needs to have a passkey used, good for five minutes; it names no account."""
    return answered(passkeys.request_options())


handler = app.handler
