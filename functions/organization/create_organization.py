"""POST /v1/organizations: found a further organization."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import created
from nexstock.organizations import service
from nexstock.organizations.schemas import CreateOrganization, OrganizationView

app = Api()


@app.post("/v1/organizations", requires=Access.SIGNED_IN)
def create_organization(
    command: CreateOrganization, caller: CallerDep, origin: OriginDep
) -> Response[OrganizationView]:
    """Create an organization that the person owns; `POST /v1/auth/switch` opens it.

    Raises:
        TooManyOrganizations: the person belongs to as many as one can (409).
    """
    organization = service.create_organization(command, caller=caller, origin=origin)
    return created(OrganizationView.of(organization), location="/v1/organization")


handler = app.handler
