"""DELETE /v1/invitations/{invitation_id}: end an invitation."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.invitations import revocation
from nexstock.invitations.repository import InvitationRepository

app = Api()


@app.delete("/v1/invitations/{invitation_id}", requires=Permission.INVITATIONS_ADMIN)
def revoke_invitation(invitation_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Revoke an invitation; its link is refused from then on.

    Raises:
        NotFound: no such invitation here (404).
        Conflict: it was accepted already (409).
        PreconditionFailed: `If-Match` names another version (412).
    """
    invitations = InvitationRepository(caller.tenant)
    revocation.revoke_invitation(invitation_id, expected=expected, invitations=invitations)
    return no_content()


handler = app.handler
