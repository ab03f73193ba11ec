"""POST /v1/webhook-deliveries/{delivery_id}/redeliver: send a message once more, with the same id."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.queues import send
from nexstock.webhooks.delivery_schemas import DeliveryView
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.resending import redeliver

app = Api()


@app.post(
    "/v1/webhook-deliveries/{delivery_id}/redeliver",
    requires=Permission.WEBHOOK_DELIVERIES_ADMIN,
    answers=HTTPStatus.ACCEPTED,
)
def redeliver_webhook(delivery_id: str, caller: CallerDep) -> Response[DeliveryView]:
    """Send a message again; the answer shows it as it was before.

    Raises:
        NotFound: no such delivery here (404).
        EndpointDisabled: its endpoint is disabled or deleted (409).
        TooManyAttempts: it was sent too often (409).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    message = redeliver(delivery_id, tenant=caller.tenant, get_endpoint=endpoints.get, send=send)
    return answered(DeliveryView.of(message), status=HTTPStatus.ACCEPTED)


handler = app.handler
