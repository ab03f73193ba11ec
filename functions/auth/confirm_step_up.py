"""POST /v1/auth/step-up/confirm: exchange the mailed code for a proof."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.identity import confirmations
from nexstock.identity.schemas import ConfirmStepUp, StepUpView

app = Api()


@app.post("/v1/auth/step-up/confirm", requires=Access.SIGNED_IN, answers=HTTPStatus.OK)
def confirm_step_up(command: ConfirmStepUp, caller: CallerDep) -> Response[StepUpView]:
    """Exchange a code for a proof, good for five minutes, this session and one use.

    Raises:
        InvalidCode: not the newest code of this session for this action (422).
    """
    return answered(confirmations.confirm_step_up(command, caller=caller))


handler = app.handler
