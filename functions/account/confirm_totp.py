"""POST /v1/account/mfa/totp/confirm: confirm an authenticator app with its first code."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import answered
from nexstock.identity import authenticator_apps
from nexstock.identity.mfa_schemas import ConfirmTotp, RecoveryCodesView

app = Api()


@app.post("/v1/account/mfa/totp/confirm", requires=Access.ACCOUNT, answers=HTTPStatus.OK)
def confirm_totp(command: ConfirmTotp, caller: CallerDep, origin: OriginDep) -> Response[RecoveryCodesView]:
    """Confirm the app and return ten recovery codes, shown this once; other sessions end.

    Raises:
        FactorActive: it was confirmed before (409).
        InvalidCode: the code is not the app's, or no app was begun within the hour (422).
    """
    codes = authenticator_apps.confirm(command.code, caller=caller, origin=origin)
    return answered(RecoveryCodesView(recovery_codes=codes))


handler = app.handler
