"""GET /v1/organization: the caller's organization."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.organizations.repository import OrganizationRepository
from nexstock.organizations.schemas import OrganizationView

app = Api()


@app.get("/v1/organization", requires=Permission.ORGANIZATION_READ)
def get_organization(caller: CallerDep) -> Response[OrganizationView]:
    """Return the organization."""
    return shown(OrganizationView.of(OrganizationRepository(caller.tenant).own()))


handler = app.handler
