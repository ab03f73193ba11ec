"""What people ask to have sent: one message again, all that failed, or one that only tests the endpoint."""

from collections.abc import Callable
from typing import Final

from nexstock.auth.principals import Tenant
from nexstock.background import SendNote
from nexstock.clock import Clock, utc_now
from nexstock.errors import NotFound
from nexstock.ids import MessageId, new_id
from nexstock.webhooks.bodies import ping_body
from nexstock.webhooks.delivery_log import DeliveryLog
from nexstock.webhooks.endpoint_lists import MESSAGE_PREFIX
from nexstock.webhooks.errors import EndpointDisabled, TooManyAttempts
from nexstock.webhooks.event_types import PING
from nexstock.webhooks.messages import MessageItem, MessageState, NewMessage
from nexstock.webhooks.model import WebhookEndpoint
from nexstock.webhooks.notes import Note
from nexstock.webhooks.retries import ATTEMPTS

MOST_ATTEMPTS: Final = 100
"""At one message, however often it is asked for."""

GetEndpoint = Callable[[str], WebhookEndpoint]


def redeliver(
    message_id: str, *, tenant: Tenant, get_endpoint: GetEndpoint, send: SendNote, clock: Clock = utc_now
) -> MessageItem:
    """Have a message attempted now, with the same id; one that was settled gets the whole schedule once more.

    A message whose attempt is being made is left to that. The note goes out when all is written; if it is lost, the
    message is found overdue.

    Raises:
        NotFound: no such message here (404).
        EndpointDisabled: its endpoint gets nothing (409).
        TooManyAttempts: it has had too many (409).
    """
    log, now = DeliveryLog(tenant), clock()
    message = log.get(message_id)
    _require_enabled(message.endpoint_id, get_endpoint)
    if message.state == MessageState.PENDING:
        if message.running_until is not None and now < message.running_until:
            return message
    elif int(message.attempts) + ATTEMPTS > MOST_ATTEMPTS:
        raise TooManyAttempts
    else:
        log.stage_reopening(message, now)
    _send_after_commit(message, tenant, send)
    return message


def ping(
    endpoint_id: str, *, tenant: Tenant, get_endpoint: GetEndpoint, send: SendNote, clock: Clock = utc_now
) -> MessageItem:
    """Stage a message that tests an endpoint, and has one attempt.

    Raises:
        NotFound: no such endpoint here (404).
        EndpointDisabled: it is disabled (409).
    """
    endpoint, now = get_endpoint(endpoint_id), clock()
    if not endpoint.enabled:
        raise EndpointDisabled
    message_id = MessageId(new_id(MESSAGE_PREFIX, now))
    body = ping_body(message_id, endpoint, tenant.organization_id, now)
    new = NewMessage(id=message_id, endpoint_id=endpoint.id, event_type=PING, body=body, last_attempt=1)
    message = DeliveryLog(tenant).stage_new(new, now)
    _send_after_commit(message, tenant, send)
    return message


def _require_enabled(endpoint_id: str, get_endpoint: GetEndpoint) -> None:
    try:
        is_enabled = get_endpoint(endpoint_id).enabled
    except NotFound:
        is_enabled = False
    if not is_enabled:
        raise EndpointDisabled


def _send_after_commit(message: MessageItem, tenant: Tenant, send: SendNote) -> None:
    note = Note(
        tenant.organization_id, message.message_id, message.endpoint_id, attempts=int(message.attempts), by_hand=True
    )
    tenant.transaction.after_commit(lambda: send("DELIVERIES", note.message))
