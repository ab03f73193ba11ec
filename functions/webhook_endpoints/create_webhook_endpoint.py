"""POST /v1/webhook-endpoints: register a URL for events; its signing secret is in this answer only."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.crypto.envelope import seal_first
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.idempotency import Keep
from nexstock.webhooks import service
from nexstock.webhooks.health import EndpointHealth
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import CreateWebhookEndpoint, NewWebhookEndpointView

app = Api()


@app.post("/v1/webhook-endpoints", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN, keep=Keep.NOTHING)
def create_webhook_endpoint(command: CreateWebhookEndpoint, caller: CallerDep) -> Response[NewWebhookEndpointView]:
    """Register a webhook endpoint; store the secret now, it is not shown again."""
    endpoints = WebhookEndpointRepository(caller.tenant)
    endpoint, secret = service.create_endpoint(
        command, tenant=caller.tenant, endpoints=endpoints, seal=seal_first(caller.tenant.transaction)
    )
    view = NewWebhookEndpointView.of_new(endpoint, secret, EndpointHealth(), utc_now())
    return created(view, location=f"/v1/webhook-endpoints/{endpoint.id}")


handler = app.handler
