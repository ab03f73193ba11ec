"""PATCH /v1/organization: change the organization by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.organizations import service
from nexstock.organizations.repository import OrganizationRepository
from nexstock.organizations.schemas import OrganizationView, UpdateOrganization

app = Api()


@app.patch("/v1/organization", requires=Permission.ORGANIZATION_ADMIN)
def update_organization(
    patch: UpdateOrganization, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[OrganizationView]:
    """Update the organization.

    Raises:
        PreconditionFailed: `If-Match` names another version (412).
    """
    organizations = OrganizationRepository(caller.tenant)
    return shown(
        OrganizationView.of(service.update_organization(patch, expected=expected, organizations=organizations))
    )


handler = app.handler
