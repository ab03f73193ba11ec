"""GET /v1/api-keys: list the API keys, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.api_keys.repository import ApiKeyRepository
from nexstock.api_keys.schemas import ApiKeyView
from nexstock.api_keys.verifiers import last_uses
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam
from nexstock.http.results import ListView, answered
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/api-keys", requires=Permission.API_KEYS_ADMIN)
def list_api_keys(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[ApiKeyView]]:
    """List API keys.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    cursors = Cursors(caller.tenant.organization_id, app.operation.path)
    page = ApiKeyRepository(caller.tenant).list_newest_first(limit=limit, after=cursors.open(cursor))
    uses = last_uses([api_key.id for api_key in page.items])
    items = [ApiKeyView.of_used(api_key, use) for api_key, use in zip(page.items, uses, strict=True)]
    return answered(ListView[ApiKeyView](items=items, next=cursors.seal(page.last_key)))


handler = app.handler
