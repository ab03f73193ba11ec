"""POST /v1/auth/password/forgot: mail a code for a new password."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import answered
from nexstock.identity import password_changes
from nexstock.identity.schemas import AcceptedView, ForgotPassword
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/password/forgot", requires=Access.PUBLIC, answers=HTTPStatus.ACCEPTED, rate=RateClass.AUTH)
def forgot_password(command: ForgotPassword, origin: OriginDep) -> Response[AcceptedView]:
    """Mail a code, if somebody owns the address; the answer is the same if not."""
    password_changes.forgot_password(command.email, origin)
    return answered(AcceptedView(), status=HTTPStatus.ACCEPTED)


handler = app.handler
