"""GET /v1/invitations: list the invitations, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.invitations.repository import InvitationRepository
from nexstock.invitations.schemas import InvitationView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/invitations", requires=Permission.INVITATIONS_ADMIN)
def list_invitations(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[InvitationView]]:
    """List invitations.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    repository = InvitationRepository(caller.tenant)
    return listed(
        ListView[InvitationView],
        lambda invitation: InvitationView.of(invitation, utc_now()),
        lambda after: repository.list_newest_first(limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path),
        cursor=cursor,
    )


handler = app.handler
