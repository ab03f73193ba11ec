"""POST /v1/account/password: replace the present password; other sessions end."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import no_content
from nexstock.identity import password_changes
from nexstock.identity.schemas import ChangePassword

app = Api()


@app.post("/v1/account/password", requires=Access.ACCOUNT, answers=HTTPStatus.NO_CONTENT)
def change_password(command: ChangePassword, caller: CallerDep, origin: OriginDep) -> Response[None]:
    """Change the password.

    Raises:
        InvalidRequest: the present password is wrong, or the new one is not acceptable (422).
    """
    password_changes.change_password(command, caller=caller, origin=origin)
    return no_content()


handler = app.handler
