"""DELETE /v1/organization/single-sign-on: end the connection to the identity provider."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.single_sign_on import service
from nexstock.single_sign_on.repository import SingleSignOnRepository

app = Api()


@app.delete("/v1/organization/single-sign-on", requires=Permission.SINGLE_SIGN_ON_OWNER)
def delete_single_sign_on(caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Take single sign-on down; its domains are free for others.

    Raises:
        NotFound: the organization has none (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    service.delete_connection(expected=expected, connections=SingleSignOnRepository(caller.tenant))
    return no_content()


handler = app.handler
