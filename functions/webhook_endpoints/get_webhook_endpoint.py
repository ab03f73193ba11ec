"""GET /v1/webhook-endpoints/{endpoint_id}: read one webhook endpoint."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import WebhookEndpointView

app = Api()


@app.get("/v1/webhook-endpoints/{endpoint_id}", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def get_webhook_endpoint(endpoint_id: str, caller: CallerDep) -> Response[WebhookEndpointView]:
    """Read a webhook endpoint.

    Raises:
        NotFound: no such endpoint here (404).
    """
    return shown(WebhookEndpointView.of(WebhookEndpointRepository(caller.tenant).get(endpoint_id)))


handler = app.handler
