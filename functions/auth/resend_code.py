"""POST /v1/auth/resend-code: mail a new code for an open registration; the old one ends."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import answered
from nexstock.identity import registration
from nexstock.identity.schemas import AcceptedView, ResendCode
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/resend-code", requires=Access.PUBLIC, answers=HTTPStatus.ACCEPTED, rate=RateClass.AUTH)
def resend_code(command: ResendCode, origin: OriginDep) -> Response[AcceptedView]:
    """Mail a new code, if the address has an open registration; the answer is the same if not."""
    registration.resend_code(command, origin)
    return answered(AcceptedView(), status=HTTPStatus.ACCEPTED)


handler = app.handler
