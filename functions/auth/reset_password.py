"""POST /v1/auth/password/reset: set a new password with a mailed code; all sessions end."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import no_content
from nexstock.identity import password_changes
from nexstock.identity.schemas import ResetPassword
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/password/reset", requires=Access.PUBLIC, answers=HTTPStatus.NO_CONTENT, rate=RateClass.AUTH)
def reset_password(command: ResetPassword, origin: OriginDep) -> Response[None]:
    """Set a new password.

    Raises:
        InvalidRequest: the new password is not acceptable (422).
        InvalidCode: the code is not the address's (422).
    """
    password_changes.reset_password(command, origin)
    return no_content()


handler = app.handler
