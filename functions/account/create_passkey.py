"""POST /v1/account/passkeys: add a passkey."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import answered
from nexstock.identity import passkey_registration
from nexstock.identity.mfa_schemas import AddPasskey, NewPasskeyView

app = Api()


@app.post("/v1/account/passkeys", requires=Access.ACCOUNT, step_up=Action.ADD_PASSKEY)
def create_passkey(command: AddPasskey, caller: CallerDep, origin: OriginDep) -> Response[NewPasskeyView]:
    """Add a passkey; other sessions end. The first second factor brings ten recovery codes, shown this once.

    Raises:
        StepUpRequired: no unused proof for `add_passkey` (403).
        PasskeyTaken: it is registered already (409).
        TooManyPasskeys: the caller has as many as one can (409).
        InvalidPasskey: not made for a challenge of this session, for this domain, or by the person (422).
    """
    view = passkey_registration.add_passkey(command, caller=caller, origin=origin)
    return answered(view, status=HTTPStatus.CREATED, headers={"Location": f"/v1/account/passkeys/{view.id}"})


handler = app.handler
