"""Journeys of the functions that keep webhook endpoints, and of those that bring messages to them."""

import json
from datetime import timedelta
from typing import Any

from nexstock.clock import utc_now
from nexstock.ids import MessageId, new_id
from nexstock.webhooks.messages import LEASE, MessageRepository, NewMessage
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import Place
from tests.support.journeys.credentials import product_record
from tests.support.journeys.world import Visit, World

MISSING = "whe_01JD0000000000000000000000"


def create_webhook_endpoint(visit: Visit) -> None:
    """A new endpoint, the same once more, a URL that is not allowed, and an organization that has another already."""
    world = visit.world
    body, key = world.endpoint(), {"Idempotency-Key": world.canary("idempotency key")}
    world.keep("signing secret", visit.request(201, by="admin", body=body, headers=key).json["secret"])
    visit.request(409, by="admin", body=body, headers=key)
    unfit = {**body, "url": f"ftp://{world.canary('host')}.example"}
    visit.request(422, by="admin", body=unfit, headers={"Idempotency-Key": "another"})
    other, _made = world.elsewhere("/v1/webhook-endpoints", world.endpoint())
    context = visit.context_of_token(other.owner.token)
    world.keep("signing secret", visit.request(201, context=context, body=body).json["secret"])


def get_webhook_endpoint(visit: Visit) -> None:
    """One that is there and one that is not."""
    visit.request(200, by="admin", path={"endpoint_id": endpoint(visit.world)})
    visit.request(404, by="admin", path={"endpoint_id": MISSING})


def list_webhook_endpoints(visit: Visit) -> None:
    """Two pages."""
    for _ in range(2):
        endpoint(visit.world)
    first = visit.request(200, by="admin", query={"limit": "1"})
    visit.request(200, by="admin", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})


def update_webhook_endpoint(visit: Visit) -> None:
    """A new description, the same once more, another URL, and a version that is not the present one."""
    path = {"endpoint_id": endpoint(visit.world)}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    body = {"description": visit.world.canary("description")}
    visit.request(200, by="admin", path=path, body=body, headers=key)
    visit.request(200, by="admin", path=path, body=body, headers=key)
    elsewhere = {"url": visit.world.endpoint()["url"]}
    visit.request(200, by="admin", path=path, body=elsewhere)
    visit.request(412, by="admin", path=path, body=body, headers={"If-Match": '"1"', "Idempotency-Key": "another"})


def delete_webhook_endpoint(visit: Visit) -> None:
    """One that is there, the same once more, with and without the first answer's key."""
    path = {"endpoint_id": endpoint(visit.world)}
    key = {"Idempotency-Key": visit.world.canary("idempotency key")}
    visit.request(204, by="admin", path=path, headers=key)
    visit.request(204, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path=path)


def fan_out_webhooks(visit: Visit) -> None:
    """A change that goes to an endpoint, and to one in order, twice, and a record that is none of this table's."""
    endpoint(visit.world)
    endpoint(visit.world, ordered=True)
    event = {"Records": [product_record(visit.world)]}
    for _ in range(2):
        assert visit.invoke(event).answer == {"batchItemFailures": []}
    poison = {"dynamodb": {"SequenceNumber": "1", "Keys": {"PK": {"S": visit.world.canary("partition key")}}}}
    outcome = visit.invoke({"Records": [*event["Records"], poison]})
    assert outcome.answer == {"batchItemFailures": []}


def queue_overdue_webhooks(visit: Visit) -> None:
    """A message that has been due for a while."""
    waiting_message(visit.world, endpoint(visit.world))
    visit.invoke({})


def endpoint(world: World, receiver: str | None = None, **fields: Any) -> str:  # noqa: ANN401 (fields of a body)
    """Make an endpoint in the world's organization and return its id."""
    created = world.made("/v1/webhook-endpoints", {**world.endpoint(receiver), **fields}).json
    world.keep("signing secret", created["secret"])
    return str(created["id"])


def waiting_message(world: World, endpoint_id: str, attempts: int = 0, *, place: Place | None = None) -> Note:
    """Store a message as if it had been overdue for long, and all its attempts but the coming one had failed."""
    now = utc_now() - LEASE - timedelta(minutes=5)
    message_id = MessageId(new_id("msg", now))
    messages = MessageRepository(world.organization.id)
    body = json.dumps({"data": world.canary("payload")})
    new = NewMessage(id=message_id, endpoint_id=endpoint_id, event_type="product.created", body=body, place=place)
    messages.add(new, now)
    for attempt in range(attempts):
        messages.claim(message_id, attempts=attempt, now=now)
    return Note(world.organization.id, message_id, endpoint_id, attempts)
