"""DELETE /v1/organization: end the organization; what it kept is removed in the background."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import answered
from nexstock.identity.schemas import AcceptedView
from nexstock.organizations import deletion
from nexstock.organizations.repository import OrganizationRepository
from nexstock.queues import send

app = Api()


@app.delete(
    "/v1/organization",
    requires=Permission.ORGANIZATION_OWNER,
    answers=HTTPStatus.ACCEPTED,
    step_up=Action.DELETE_ORGANIZATION,
)
def delete_organization(caller: CallerDep, expected: ExpectedVersionDep) -> Response[AcceptedView]:
    """Delete the organization; its members are signed out and its API keys refused from then on.

    Raises:
        StepUpRequired: no unused proof for `delete_organization` (403).
        PreconditionFailed: `If-Match` names another version (412).
    """
    organizations = OrganizationRepository(caller.tenant)
    deletion.delete_organization(expected=expected, caller=caller, organizations=organizations, enqueue=send)
    return answered(AcceptedView(), status=HTTPStatus.ACCEPTED)


handler = app.handler
