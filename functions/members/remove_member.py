"""DELETE /v1/members/{member_id}: take a member out of the organization."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.identity.memberships import PersonalMemberships
from nexstock.members import service
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository

app = Api()


@app.delete("/v1/members/{member_id}", requires=Permission.MEMBERS_ADMIN)
def remove_member(member_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Remove a member; their next request here, and that of an API key they made, is refused.

    Raises:
        Forbidden: an owner is removed by somebody who is none (403).
        NotFound: no such member here (404).
        LastOwner: no owner would be left (409).
        PreconditionFailed: `If-Match` names another version (412).
    """
    service.remove_member(
        member_id,
        expected=expected,
        caller=caller,
        members=MemberRepository(caller.tenant),
        owners=OwnerCount(caller.tenant),
        memberships=PersonalMemberships(caller.tenant.transaction),
    )
    return no_content()


handler = app.handler
