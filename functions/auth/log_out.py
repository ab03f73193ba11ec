"""POST /v1/auth/logout: end this session, its access tokens included."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import no_content
from nexstock.identity import sessions
from nexstock.identity.cookie import CLEARED_COOKIE

app = Api()


@app.post("/v1/auth/logout", requires=Access.SIGNED_IN, answers=HTTPStatus.NO_CONTENT)
def log_out(caller: CallerDep) -> Response[None]:
    """End the session of this access token; the next request with it is refused."""
    if caller.session_id is not None:
        sessions.revoke(caller.user_id, caller.session_id, utc_now())
    return no_content({"Set-Cookie": CLEARED_COOKIE})


handler = app.handler
