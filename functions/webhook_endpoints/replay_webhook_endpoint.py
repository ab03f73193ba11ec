"""POST /v1/webhook-endpoints/{endpoint_id}/replay: send once more what failed at a webhook endpoint since a time."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.queues import send
from nexstock.webhooks.replay import begin_replay
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.schemas import ReplayMessages, WebhookEndpointMetadataView

app = Api()


@app.post(
    "/v1/webhook-endpoints/{endpoint_id}/replay",
    requires=Permission.WEBHOOK_ENDPOINTS_ADMIN,
    answers=HTTPStatus.ACCEPTED,
)
def replay_webhook_endpoint(
    endpoint_id: str, command: ReplayMessages, caller: CallerDep
) -> Response[WebhookEndpointMetadataView]:
    """Send all failed messages again, in the background; a second request sends none of them twice.

    Raises:
        NotFound: no such endpoint here (404).
        EndpointDisabled: it is disabled (409).
    """
    endpoint = WebhookEndpointRepository(caller.tenant).get(endpoint_id)
    begin_replay(endpoint, command.since, organization_id=caller.tenant.organization_id, send=send)
    return answered(WebhookEndpointMetadataView.of(endpoint), status=HTTPStatus.ACCEPTED)


handler = app.handler
