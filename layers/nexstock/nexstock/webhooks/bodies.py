"""What a message says, whatever it is about: what happened, when, to whose, and the state of it from then on."""

import json
from datetime import datetime
from typing import Any

from nexstock.clock import to_rfc3339
from nexstock.http.schemas import Instant, View
from nexstock.ids import MessageId, OrganizationId
from nexstock.webhooks.event_types import PING
from nexstock.webhooks.model import WebhookEndpoint


class EventView(View):
    """A message, as it is sent; `data` is the resource, `sequence` counts the changes of that resource."""

    id: str
    type: str
    created_at: Instant
    organization_id: str
    sequence: int
    data: View


class PingView(View):
    """What a test says: which endpoint it tests."""

    endpoint_id: str


def body_text(  # noqa: PLR0913 (the parts of a message)
    message_id: MessageId,
    event_type: str,
    *,
    created_at: str,
    organization_id: OrganizationId,
    sequence: int,
    data: View,
) -> str:
    """Return the JSON text that is signed and sent, always the same for the same parts."""
    body: dict[str, Any] = {
        "id": message_id,
        "type": event_type,
        "createdAt": created_at,
        "organizationId": organization_id,
        "sequence": sequence,
        "data": data.model_dump(mode="json", by_alias=True),
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def ping_body(message_id: MessageId, endpoint: WebhookEndpoint, organization_id: OrganizationId, now: datetime) -> str:
    """Return the text of a message that tests an endpoint."""
    return body_text(
        message_id,
        PING,
        created_at=to_rfc3339(now),
        organization_id=organization_id,
        sequence=endpoint.version,
        data=PingView(endpoint_id=endpoint.id),
    )
