"""GET /v1/account/passkeys: list the person's passkeys."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.identity import passkeys
from nexstock.identity.mfa_schemas import PasskeyListView

app = Api()


@app.get("/v1/account/passkeys", requires=Access.ACCOUNT)
def list_passkeys(caller: CallerDep) -> Response[PasskeyListView]:
    """List passkeys, the newest first."""
    return answered(passkeys.list_passkeys(caller))


handler = app.handler
