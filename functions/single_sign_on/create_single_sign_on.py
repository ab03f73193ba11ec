"""POST /v1/organization/single-sign-on: connect the caller's organization to its identity provider."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.crypto.envelope import seal_first
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.single_sign_on import service
from nexstock.single_sign_on.repository import SingleSignOnRepository
from nexstock.single_sign_on.schemas import CreateSingleSignOn, SingleSignOnView

app = Api()


@app.post("/v1/organization/single-sign-on", requires=Permission.SINGLE_SIGN_ON_OWNER)
def create_single_sign_on(command: CreateSingleSignOn, caller: CallerDep) -> Response[SingleSignOnView]:
    """Set single sign-on up; nobody comes in by it before one of its domains is verified.

    Raises:
        SingleSignOnExists: the organization has a connection already (409).
    """
    connections = SingleSignOnRepository(caller.tenant)
    connection = service.create_connection(
        command, tenant=caller.tenant, connections=connections, seal=seal_first(caller.tenant.transaction)
    )
    return created(SingleSignOnView.of(connection), location=app.operation.path)


handler = app.handler
