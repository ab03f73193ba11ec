"""DELETE /v1/account: end the person's account."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.auth.step_up import Action
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, OriginDep
from nexstock.http.results import no_content
from nexstock.identity import account_deletion

app = Api()


@app.delete("/v1/account", requires=Access.ACCOUNT, step_up=Action.DELETE_ACCOUNT)
def delete_account(caller: CallerDep, origin: OriginDep) -> Response[None]:
    """Delete the account; its sessions and API keys are refused from then on.

    Raises:
        StepUpRequired: no unused proof for `delete_account` (403).
        LastOwner: an organization would be left without an owner (409).
    """
    account_deletion.delete_account(caller=caller, origin=origin)
    return no_content()


handler = app.handler
