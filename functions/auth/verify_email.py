"""POST /v1/auth/verify-email: prove an address with its mailed code; this makes the account and the organization."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import no_content
from nexstock.identity import registration
from nexstock.identity.schemas import VerifyEmail
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/auth/verify-email", requires=Access.PUBLIC, answers=HTTPStatus.NO_CONTENT, rate=RateClass.AUTH)
def verify_email(command: VerifyEmail, origin: OriginDep) -> Response[None]:
    """Verify an e-mail address.

    Raises:
        InvalidCode: wrong, spent, too old, or too often tried (422).
    """
    registration.verify_email(command, origin)
    return no_content()


handler = app.handler
