"""POST /v1/account/mfa/recovery-codes: replace the recovery codes."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import answered
from nexstock.identity import recovery_codes
from nexstock.identity.mfa_schemas import RecoveryCodesView

app = Api()


@app.post(
    "/v1/account/mfa/recovery-codes",
    requires=Access.ACCOUNT,
    answers=HTTPStatus.OK,
    step_up=Action.DISABLE_MFA,
)
def renew_recovery_codes(caller: CallerDep, origin: OriginDep) -> Response[RecoveryCodesView]:
    """Return ten new recovery codes, shown this once; the old ones end.

    Raises:
        StepUpRequired: no unused proof for `disable_mfa`, which is what a recovery code comes to (403).
        NotFound: the caller has no second factor (404).
    """
    return answered(RecoveryCodesView(recovery_codes=recovery_codes.renew(caller=caller, origin=origin)))


handler = app.handler
