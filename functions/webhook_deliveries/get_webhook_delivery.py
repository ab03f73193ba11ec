"""GET /v1/webhook-deliveries/{delivery_id}: read one delivery, with the text that was sent and every attempt."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.webhooks.attempts import AttemptRepository
from nexstock.webhooks.delivery_log import DeliveryLog
from nexstock.webhooks.delivery_schemas import DeliveryDetailView

app = Api()


@app.get("/v1/webhook-deliveries/{delivery_id}", requires=Permission.WEBHOOK_DELIVERIES_ADMIN)
def get_webhook_delivery(delivery_id: str, caller: CallerDep) -> Response[DeliveryDetailView]:
    """Read a delivery.

    Raises:
        NotFound: no such delivery here (404).
    """
    message = DeliveryLog(caller.tenant).get(delivery_id)
    attempts = AttemptRepository(caller.tenant.organization_id).list(message.message_id)
    return shown(DeliveryDetailView.of_all(message, attempts))


handler = app.handler
