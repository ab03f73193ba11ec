"""POST /v1/account/mfa/totp: begin to set up an authenticator app."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.identity import authenticator_apps
from nexstock.identity.mfa_schemas import TotpView

app = Api()


@app.post("/v1/account/mfa/totp", requires=Access.ACCOUNT, answers=HTTPStatus.OK)
def begin_totp(caller: CallerDep) -> Response[TotpView]:
    """Return a secret for an authenticator app; it counts once a code of the app confirms it.

    Raises:
        FactorActive: the caller has an authenticator app already (409).
    """
    return answered(authenticator_apps.begin(caller=caller))


handler = app.handler
