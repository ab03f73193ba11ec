"""PATCH /v1/organization/single-sign-on: change the connection to the identity provider by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.crypto.envelope import seal
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.single_sign_on import service
from nexstock.single_sign_on.repository import SingleSignOnRepository
from nexstock.single_sign_on.schemas import SingleSignOnView, UpdateSingleSignOn

app = Api()


@app.patch("/v1/organization/single-sign-on", requires=Permission.SINGLE_SIGN_ON_OWNER)
def update_single_sign_on(
    patch: UpdateSingleSignOn, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[SingleSignOnView]:
    """Change the connection; sign-ins that have begun are refused.

    Raises:
        NotFound: the organization has none (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidRequest: another issuer without its client secret (422).
    """
    connections = SingleSignOnRepository(caller.tenant)
    connection = service.update_connection(patch, expected=expected, connections=connections, seal=seal)
    return shown(SingleSignOnView.of(connection))


handler = app.handler
