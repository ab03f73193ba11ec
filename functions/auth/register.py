"""POST /v1/auth/register: register a person and the organization they found."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import answered
from nexstock.identity import registration
from nexstock.identity.schemas import Register, RegistrationView
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/register", requires=Access.PUBLIC, answers=HTTPStatus.ACCEPTED, rate=RateClass.AUTH)
def register(command: Register, origin: OriginDep) -> Response[RegistrationView]:
    """Register; a code is mailed to the address. The answer is the same when the address is taken.

    Raises:
        InvalidRequest: the password is not acceptable (422).
    """
    return answered(registration.register(command, origin), status=HTTPStatus.ACCEPTED)


handler = app.handler
