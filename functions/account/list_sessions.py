"""GET /v1/account/sessions: list the person's open sessions."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.identity import account
from nexstock.identity.schemas import SessionListView

app = Api()


@app.get("/v1/account/sessions", requires=Access.ACCOUNT)
def list_sessions(caller: CallerDep) -> Response[SessionListView]:
    """List open sessions, the newest first."""
    return answered(account.open_sessions(caller, utc_now()))


handler = app.handler
