"""GET /v1/members/{member_id}: one member."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.members.repository import MemberRepository
from nexstock.members.schemas import MemberView

app = Api()


@app.get("/v1/members/{member_id}", requires=Permission.MEMBERS_READ)
def get_member(member_id: str, caller: CallerDep) -> Response[MemberView]:
    """Return a member.

    Raises:
        NotFound: no such member here (404).
    """
    return shown(MemberView.of(MemberRepository(caller.tenant).get(member_id)))


handler = app.handler
