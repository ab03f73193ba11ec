"""GET /v1/invitations/{invitation_id}: one invitation."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.invitations.repository import InvitationRepository
from nexstock.invitations.schemas import InvitationView

app = Api()


@app.get("/v1/invitations/{invitation_id}", requires=Permission.INVITATIONS_ADMIN)
def get_invitation(invitation_id: str, caller: CallerDep) -> Response[InvitationView]:
    """Return an invitation.

    Raises:
        NotFound: no such invitation here (404).
    """
    return shown(InvitationView.of(InvitationRepository(caller.tenant).get(invitation_id), utc_now()))


handler = app.handler
