"""DELETE /v1/webhook-endpoints/{endpoint_id}: end a webhook endpoint; messages that wait for it are dropped."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.webhooks import service
from nexstock.webhooks.repository import WebhookEndpointRepository

app = Api()


@app.delete("/v1/webhook-endpoints/{endpoint_id}", requires=Permission.WEBHOOK_ENDPOINTS_ADMIN)
def delete_webhook_endpoint(endpoint_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Delete a webhook endpoint.

    Raises:
        NotFound: no such endpoint here (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    service.delete_endpoint(endpoint_id, expected=expected, endpoints=endpoints)
    return no_content()


handler = app.handler
