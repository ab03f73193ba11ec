"""POST /v1/webhook-endpoints/{endpoint_id}/ping: send a test message to a webhook endpoint, whatever it asks for."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.queues import send
from nexstock.webhooks.delivery_schemas import DeliveryView
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.resending import ping

app = Api()


@app.post(
    "/v1/webhook-endpoints/{endpoint_id}/ping",
    requires=Permission.WEBHOOK_ENDPOINTS_ADMIN,
    answers=HTTPStatus.ACCEPTED,
)
def ping_webhook_endpoint(endpoint_id: str, caller: CallerDep) -> Response[DeliveryView]:
    """Test a webhook endpoint; what came of it stands in the delivery.

    Raises:
        NotFound: no such endpoint here (404).
        EndpointDisabled: it is disabled (409).
    """
    endpoints = WebhookEndpointRepository(caller.tenant)
    view = DeliveryView.of(ping(endpoint_id, tenant=caller.tenant, get_endpoint=endpoints.get, send=send))
    return answered(view, status=HTTPStatus.ACCEPTED, headers={"Location": f"/v1/webhook-deliveries/{view.id}"})


handler = app.handler
