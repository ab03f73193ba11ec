"""POST /v1/auth/switch: go on in another organization that the person belongs to."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.identity import sign_in
from nexstock.identity.results import signed_in
from nexstock.identity.schemas import SignInView, SwitchOrganization

app = Api()


@app.post("/v1/auth/switch", requires=Access.SIGNED_IN, answers=HTTPStatus.OK)
def switch_organization(command: SwitchOrganization, caller: CallerDep, origin: OriginDep) -> Response[SignInView]:
    """Switch; the present session ends, and one in the other organization begins.

    Raises:
        NotFound: the person does not belong there (404).
    """
    result = sign_in.switch_organization(command.organization_id, caller, origin)
    return signed_in(result, command.refresh_token_delivery)


handler = app.handler
