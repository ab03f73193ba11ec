"""POST /v1/auth/passkeys: sign in with a passkey alone."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.identity import multi_factor
from nexstock.identity.mfa_schemas import LogInWithPasskey
from nexstock.identity.results import signed_in
from nexstock.identity.schemas import SignInView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/passkeys", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def log_in_with_passkey(command: LogInWithPasskey, origin: OriginDep) -> Response[SignInView]:
    """Sign in with a passkey: the person was verified by it, so it is two factors by itself.

    Raises:
        Unauthenticated: nobody's passkey, or not used for a challenge of ours (401); it does not say which.
        NoOrganization: the person belongs to no organization any more (403).
    """
    return signed_in(multi_factor.log_in_with_passkey(command, origin), command.refresh_token_delivery)


handler = app.handler
