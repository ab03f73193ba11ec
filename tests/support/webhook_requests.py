"""What requests about webhooks need: endpoints, deliveries and bodies."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nexstock.clock import utc_now
from nexstock.ids import MessageId, new_id
from nexstock.webhooks.messages import MessageRepository, NewMessage
from tests.support.api import call
from tests.support.people import StaffedOrganization

Make = Callable[[StaffedOrganization], Any]


_ENDPOINT: Final = {"url": "http://127.0.0.1:1/hooks", "events": ["*"]}


def an_endpoint(organization: StaffedOrganization) -> str:
    """Make a webhook endpoint and return its id."""
    reply = call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=_ENDPOINT)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def a_delivery(organization: StaffedOrganization) -> str:
    """Store a message that waits for its first attempt at an endpoint of its own; return its id."""
    now = utc_now()
    message_id = MessageId(new_id("msg", now))
    endpoint_id = an_endpoint(organization)
    message = NewMessage(id=message_id, endpoint_id=endpoint_id, event_type="product.created", body="{}")
    assert MessageRepository(organization.id).add(message, now)
    return message_id


RESOURCES: Final[Mapping[str, Make]] = {
    "endpoint_id": an_endpoint,
    "delivery_id": a_delivery,
}
"""Makes a new resource for each variable of a path."""

PREFIXES: Final = {"endpoint_id": "whe", "delivery_id": "msg"}

BODIES: Final[Mapping[tuple[str, str], Make]] = {
    ("POST", "/v1/webhook-endpoints"): lambda _: _ENDPOINT,
    ("PATCH", "/v1/webhook-endpoints/{endpoint_id}"): lambda _: {"description": "The shop's"},
    ("POST", "/v1/webhook-endpoints/{endpoint_id}/replay"): lambda _: {"since": "2026-01-01T00:00:00Z"},
}
"""Bodies that the routes take."""
