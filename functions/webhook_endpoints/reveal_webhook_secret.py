"""POST /v1/webhook-endpoints/{endpoint_id}/reveal-secret: show a secret that the platform made, in this answer only."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
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
    "/v1/webhook-endpoints/{endpoint_id}/reveal-secret",
    requires=Permission.WEBHOOK_ENDPOINTS_ADMIN,
    answers=HTTPStatus.OK,
    keep=Keep.NOTHING,
)
def reveal_webhook_secret(endpoint_id: str, caller: CallerDep) -> Response[NewWebhookEndpointView]:
    """Take the signing secret that replaced one that was due; store it now, it is not shown again.

    Raises:
        NotFound: no such endpoint here (404).
        SecretAlreadyShown: the present secret was shown to whoever made or took it (409).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    endpoint, secret = endpoint_secrets.reveal_secret(
        endpoint_id, tenant=caller.tenant, endpoints=endpoints, open_sealed=open_sealed
    )
    (health,) = HealthRepository(caller.tenant.organization_id).of([endpoint.id])
    return shown(NewWebhookEndpointView.of_new(endpoint, secret, health, utc_now()))


handler = app.handler
