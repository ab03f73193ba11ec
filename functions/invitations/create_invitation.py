"""POST /v1/invitations: invite an address to the organization."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.invitations import creation
from nexstock.invitations.repository import InvitationRepository
from nexstock.invitations.schemas import CreateInvitation, InvitationView

app = Api()


@app.post("/v1/invitations", requires=Permission.INVITATIONS_ADMIN)
def create_invitation(command: CreateInvitation, caller: CallerDep) -> Response[InvitationView]:
    """Invite an address; the mailed link is good for seven days and one use.

    Raises:
        Forbidden: ownership is offered by somebody who is no owner (403).
        AlreadyMember: the address is a member's (409).
    """
    invitation = creation.create_invitation(command, caller=caller, invitations=InvitationRepository(caller.tenant))
    return created(InvitationView.of(invitation, utc_now()), location=f"/v1/invitations/{invitation.id}")


handler = app.handler
