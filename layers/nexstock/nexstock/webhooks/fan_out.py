"""From one change to one message for each endpoint that wants to know of it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from nexstock.auth.principals import system_tenant
from nexstock.changes import Change
from nexstock.webhooks import payloads
from nexstock.webhooks.messages import MessageRepository, NewMessage
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import Place
from nexstock.webhooks.repository import WebhookEndpointRepository

Send = Callable[[Mapping[str, str]], None]


def fan_out(change: Change, *, send: Send, now: datetime) -> None:
    """Store a message for every endpoint that the change goes to, and queue its first attempt.

    Done twice it comes to the same: a message's id follows from the change and the endpoint, and of two queued
    notes for one attempt only one is acted on. A note is queued even where the message is already stored, because
    the run that stored it may have crashed before it queued one.
    """
    if not payloads.is_event(change):
        return
    tenant = system_tenant(change.organization_id, "webhooks")
    messages = MessageRepository(change.organization_id)
    for endpoint in WebhookEndpointRepository(tenant).receiving(change.event_type):
        message_id = payloads.message_id_of(change, endpoint.id)
        message = NewMessage(
            id=message_id,
            endpoint_id=endpoint.id,
            event_type=change.event_type,
            body=payloads.body_of(change, message_id, tenant),
            place=Place(endpoint.id, change.resource, change.version) if endpoint.ordered else None,
        )
        messages.add(message, now)
        send(Note(change.organization_id, message_id, endpoint.id, attempts=0).message)
