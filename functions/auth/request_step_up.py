"""POST /v1/auth/step-up: have a code mailed before an action that cannot be undone."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import answered
from nexstock.identity import confirmations
from nexstock.identity.schemas import AcceptedView, RequestStepUp

app = Api()


@app.post("/v1/auth/step-up", requires=Access.SIGNED_IN, answers=HTTPStatus.ACCEPTED)
def request_step_up(command: RequestStepUp, caller: CallerDep, origin: OriginDep) -> Response[AcceptedView]:
    """Ask for a code that confirms an action."""
    confirmations.request_step_up(command.action, caller=caller, origin=origin)
    return answered(AcceptedView(), status=HTTPStatus.ACCEPTED)


handler = app.handler
