"""GET /v1/webhook-endpoints: list the webhook endpoints, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam
from nexstock.http.results import ListView, answered
from nexstock.persistence.cursors import Cursors
from nexstock.webhooks.health import HealthRepository
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

app = Api()


@app.get("/v1/webhook-endpoints", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def list_webhook_endpoints(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[WebhookEndpointView]]:
    """List webhook endpoints, and how each has been doing.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    cursors, now = Cursors(caller.tenant.organization_id, app.operation.path), utc_now()
    page = WebhookEndpointRepository(caller.tenant).list_newest_first(limit=limit, after=cursors.open(cursor))
    health = HealthRepository(caller.tenant.organization_id).of([endpoint.id for endpoint in page.items])
    items = [WebhookEndpointView.of_used(*each, now) for each in zip(page.items, health, strict=True)]
    return answered(ListView[WebhookEndpointView](items=items, next=cursors.seal(page.last_key)))


handler = app.handler
