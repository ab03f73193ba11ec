"""GET /v1/organization/single-sign-on: read the connection to the identity provider."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.single_sign_on.repository import SingleSignOnRepository
from nexstock.single_sign_on.schemas import SingleSignOnView

app = Api()


@app.get("/v1/organization/single-sign-on", requires=Permission.SINGLE_SIGN_ON_ADMIN)
def get_single_sign_on(caller: CallerDep) -> Response[SingleSignOnView]:
    """Read the connection, with the DNS record that each of its domains needs.

    Raises:
        NotFound: the organization has none (404).
    """
    return shown(SingleSignOnView.of(SingleSignOnRepository(caller.tenant).own()))


handler = app.handler
