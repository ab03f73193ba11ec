"""DELETE /v1/account/sessions/{session_id}: end one of the person's sessions."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Access
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import no_content
from nexstock.identity import account

app = Api()


@app.delete("/v1/account/sessions/{session_id}", requires=Access.ACCOUNT)
def end_session(session_id: str, caller: CallerDep) -> Response[None]:
    """End a session; its next request is refused.

    Raises:
        NotFound: the person has no such open session (404).
    """
    account.end_session(session_id, caller, utc_now())
    return no_content()


handler = app.handler
