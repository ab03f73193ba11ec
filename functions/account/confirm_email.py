"""POST /v1/account/email/confirm: move to the new address with the code that it was mailed."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import no_content
from nexstock.identity import email_changes
from nexstock.identity.schemas import ConfirmEmail

app = Api()


@app.post("/v1/account/email/confirm", requires=Access.ACCOUNT, answers=HTTPStatus.NO_CONTENT)
def confirm_email(command: ConfirmEmail, caller: CallerDep, origin: OriginDep) -> Response[None]:
    """Move the account to the new address.

    Raises:
        InvalidCode: not the newest code (422).
    """
    email_changes.confirm_email_change(command.code, caller=caller, origin=origin)
    return no_content()


handler = app.handler
