"""PATCH /v1/webhook-endpoints/{endpoint_id}: change a webhook endpoint by a JSON merge patch."""

from functools import partial

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.webhooks import service
from nexstock.webhooks.health import HealthRepository
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
    health = HealthRepository(caller.tenant.organization_id)
    endpoint = service.update_endpoint(
        endpoint_id,
        patch,
        expected=expected,
        endpoints=WebhookEndpointRepository(caller.tenant),
        reset_health=partial(health.stage_reset, transaction=caller.tenant.transaction),
    )
    (present,) = health.of([endpoint.id])
    return shown(WebhookEndpointView.of_used(endpoint, present, utc_now()))


handler = app.handler
