"""GET /v1/webhook-endpoints: list the webhook endpoints, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

app = Api()


@app.get("/v1/webhook-endpoints", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def list_webhook_endpoints(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[WebhookEndpointView]]:
    """List webhook endpoints.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    repository = WebhookEndpointRepository(caller.tenant)
    return listed(
        ListView[WebhookEndpointView],
        WebhookEndpointView.of,
        lambda after: repository.list_newest_first(limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path),
        cursor=cursor,
    )


handler = app.handler
