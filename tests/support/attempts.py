"""Attempts of webhooks at moments that a test chooses, and what an endpoint's health says then."""

from datetime import datetime

from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.ids import MessageId, new_id
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.messages import MessageRepository, NewMessage
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import Place
from tests.support.api import call
from tests.support.events import Json
from tests.support.people import StaffedOrganization
from tests.support.webhooks import Queues


def attempt(note: Note, queues: Queues | None = None, *, at: datetime | None = None) -> Queues:
    """Have the sender act on a note, at a moment; return what it queued."""
    taken = queues or Queues()
    deliver(note.message, open_sealed=open_sealed, send=taken.send, clock=lambda: at or utc_now())
    return taken


def a_message(
    organization: StaffedOrganization, endpoint_id: str, *, at: datetime | None = None, place: Place | None = None
) -> Note:
    """Store a message for an endpoint; return the note of its first attempt."""
    now = at or utc_now()
    message_id = MessageId(new_id("msg", now))
    body = f'{{"id":"{message_id}"}}'
    new = NewMessage(id=message_id, endpoint_id=endpoint_id, event_type="product.updated", body=body, place=place)
    assert MessageRepository(organization.id).add(new, now)
    return Note(organization.id, message_id, endpoint_id, attempts=0)


def health_of(organization: StaffedOrganization, endpoint_id: str) -> Json:
    """Return an endpoint's health as the API shows it now."""
    shown = call("GET", f"/v1/webhook-endpoints/{endpoint_id}", token=organization.owner.token)
    assert shown.status == 200, shown.text
    health: Json = shown.json["health"]
    return health


def delivery(organization: StaffedOrganization, message_id: str) -> Json:
    """Return a delivery as the API shows it."""
    shown = call("GET", f"/v1/webhook-deliveries/{message_id}", token=organization.owner.token)
    assert shown.status == 200, shown.text
    found: Json = shown.json
    return found
