"""POST /v1/account/passkeys/options: prepare a new passkey."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.identity import passkeys
from nexstock.identity.mfa_schemas import CreationOptionsView

app = Api()


@app.post("/v1/account/passkeys/options", requires=Access.ACCOUNT, answers=HTTPStatus.OK)
def prepare_passkey(caller: CallerDep) -> Response[CreationOptionsView]:
    """Return what a browser needs to have a passkey made, good for five minutes and this session."""
    return answered(passkeys.creation_options(caller=caller))


handler = app.handler
