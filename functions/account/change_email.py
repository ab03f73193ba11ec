"""POST /v1/account/email: ask for another e-mail address."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import answered
from nexstock.identity import email_changes
from nexstock.identity.schemas import AcceptedView, ChangeEmail

app = Api()


@app.post(
    "/v1/account/email",
    requires=Access.ACCOUNT,
    answers=HTTPStatus.ACCEPTED,
    step_up=Action.CHANGE_EMAIL,
)
def change_email(command: ChangeEmail, caller: CallerDep, origin: OriginDep) -> Response[AcceptedView]:
    """Have a code mailed to the new address; whether somebody has it already is not told.

    Raises:
        StepUpRequired: no unused proof for `change_email` (403).
        InvalidRequest: it is the present address (422).
    """
    email_changes.request_email_change(command.new_email, caller=caller, origin=origin)
    return answered(AcceptedView(), status=HTTPStatus.ACCEPTED)


handler = app.handler
