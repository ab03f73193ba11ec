"""PATCH /v1/members/{member_id}: give a member another role."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.members import service
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository
from nexstock.members.schemas import MemberView, UpdateMember

app = Api()


@app.patch("/v1/members/{member_id}", requires=Permission.MEMBERS_ADMIN)
def update_member(
    member_id: str, patch: UpdateMember, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[MemberView]:
    """Update a member; only an owner grants or takes ownership.

    Raises:
        Forbidden: ownership is granted or taken by somebody who is no owner (403).
        NotFound: no such member here (404).
        LastOwner: no owner would be left (409).
        PreconditionFailed: `If-Match` names another version (412).
    """
    member = service.update_member(
        member_id,
        patch,
        expected=expected,
        caller=caller,
        members=MemberRepository(caller.tenant),
        owners=OwnerCount(caller.tenant),
    )
    return shown(MemberView.of(member))


handler = app.handler
