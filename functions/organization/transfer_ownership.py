"""POST /v1/organization/transfer-ownership: make another member an owner, and the caller an admin."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import no_content
from nexstock.members import service
from nexstock.members.owners import OwnerCount
from nexstock.members.repository import MemberRepository
from nexstock.organizations.schemas import TransferOwnership

app = Api()


@app.post(
    "/v1/organization/transfer-ownership",
    requires=Permission.ORGANIZATION_OWNER,
    answers=HTTPStatus.NO_CONTENT,
    step_up=Action.TRANSFER_OWNERSHIP,
)
def transfer_ownership(command: TransferOwnership, caller: CallerDep) -> Response[None]:
    """Hand the caller's ownership over.

    Raises:
        StepUpRequired: no unused proof for `transfer_ownership` (403).
        NotFound: no such member here (404).
    """
    service.transfer_ownership(
        command.member_id,
        caller=caller,
        members=MemberRepository(caller.tenant),
        owners=OwnerCount(caller.tenant),
    )
    return no_content()


handler = app.handler
