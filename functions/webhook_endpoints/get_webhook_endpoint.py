"""GET /v1/webhook-endpoints/{endpoint_id}: read one webhook endpoint."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.webhooks.health import HealthRepository
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

app = Api()


@app.get("/v1/webhook-endpoints/{endpoint_id}", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def get_webhook_endpoint(endpoint_id: str, caller: CallerDep) -> Response[WebhookEndpointView]:
    """Read a webhook endpoint, and how it has been doing.

    Raises:
        NotFound: no such endpoint here (404).
    """
    endpoint = WebhookEndpointRepository(caller.tenant).get(endpoint_id)
    (health,) = HealthRepository(caller.tenant.organization_id).of([endpoint.id])
    return shown(WebhookEndpointView.of_used(endpoint, health, utc_now()))


handler = app.handler
