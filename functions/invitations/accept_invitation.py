"""POST /v1/invitations/accept: join an organization with the mailed token."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import OriginDep
from nexstock.http.results import answered
from nexstock.invitations import acceptance
from nexstock.invitations.schemas import AcceptedInvitationView, AcceptInvitation
from nexstock.throttling import RateClass

app = Api()


@app.post("/v1/invitations/accept", requires=Access.PUBLIC, answers=HTTPStatus.OK, rate=RateClass.AUTH)
def accept_invitation(command: AcceptInvitation, origin: OriginDep) -> Response[AcceptedInvitationView]:
    """Join an organization; who has no account yet gets one, and signs in like everybody else.

    Raises:
        InvalidInvitation: unknown, spent, revoked or too old (422).
        AlreadyMember: the person is a member already (409).
        TooManyOrganizations: the person can belong to no more (409).
    """
    return answered(acceptance.accept_invitation(command, origin))


handler = app.handler
