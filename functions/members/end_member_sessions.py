"""DELETE /v1/members/{member_id}/sessions: sign a member out of the organization, wherever they are."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import no_content
from nexstock.members import service
from nexstock.members.repository import MemberRepository

app = Api()


@app.delete("/v1/members/{member_id}/sessions", requires=Permission.MEMBERS_ADMIN)
def end_member_sessions(member_id: str, caller: CallerDep) -> Response[None]:
    """End all of a member's sessions in this organization; they may sign in again.

    Raises:
        Forbidden: an owner is signed out by somebody who is none (403).
        NotFound: no such member here (404).
    """
    service.end_member_sessions(member_id, caller=caller, members=MemberRepository(caller.tenant))
    return no_content()


handler = app.handler
