"""GET /v1/members: list the members, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.members.repository import MemberRepository
from nexstock.members.schemas import MemberView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/members", requires=Permission.MEMBERS_READ)
def list_members(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[MemberView]]:
    """List members.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    repository = MemberRepository(caller.tenant)
    return listed(
        ListView[MemberView],
        MemberView.of,
        lambda after: repository.list_newest_first(limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path),
        cursor=cursor,
    )


handler = app.handler
