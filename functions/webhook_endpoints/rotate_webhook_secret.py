"""POST /v1/webhook-endpoints/{endpoint_id}/rotate-secret: give a webhook endpoint a new secret, in this answer only."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.crypto.envelope import seal
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep
from nexstock.webhooks import endpoint_secrets
from nexstock.webhooks.health import HealthRepository
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import NewWebhookEndpointView

app = Api()


@app.post(
    "/v1/webhook-endpoints/{endpoint_id}/rotate-secret",
    requires=Permission.WEBHOOK_ENDPOINTS_ADMIN,
    answers=HTTPStatus.OK,
    keep=Keep.NOTHING,
)
def rotate_webhook_secret(endpoint_id: str, caller: CallerDep) -> Response[NewWebhookEndpointView]:
    """Rotate a signing secret; store the new one now, it is not shown again. The old one signs beside it for a day.

    Raises:
        NotFound: no such endpoint here (404).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    endpoint, secret = endpoint_secrets.rotate_secret(endpoint_id, tenant=caller.tenant, endpoints=endpoints, seal=seal)
    (health,) = HealthRepository(caller.tenant.organization_id).of([endpoint.id])
    return shown(NewWebhookEndpointView.of_new(endpoint, secret, health, utc_now()))


handler = app.handler
