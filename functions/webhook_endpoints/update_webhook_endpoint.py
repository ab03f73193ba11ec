"""PATCH /v1/webhook-endpoints/{endpoint_id}: change a webhook endpoint by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.webhooks import service
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import UpdateWebhookEndpoint, WebhookEndpointView

app = Api()


@app.patch("/v1/webhook-endpoints/{endpoint_id}", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def update_webhook_endpoint(
    endpoint_id: str, patch: UpdateWebhookEndpoint, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[WebhookEndpointView]:
    """Update a webhook endpoint.

    Raises:
        NotFound: no such endpoint here (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    endpoint = service.update_endpoint(endpoint_id, patch, expected=expected, endpoints=endpoints)
    return shown(WebhookEndpointView.of(endpoint))


handler = app.handler
