"""GET /v1/account: the signed-in person, and where they belong."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.identity import profile
from nexstock.identity.schemas import AccountView

app = Api()


@app.get("/v1/account", requires=Access.SIGNED_IN)
def get_account(caller: CallerDep) -> Response[AccountView]:
    """Return the person's profile."""
    return shown(profile.account_of(caller))


handler = app.handler
