"""Journeys of the functions that deliver webhook messages, show what came of it, and send them once more."""

import json
from datetime import datetime, timedelta

from nexstock.clock import to_rfc3339, utc_now
from nexstock.ids import OrganizationId
from nexstock.webhooks.health import DISABLED_AFTER, HealthRepository
from nexstock.webhooks.messages import MessageRepository, MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import Place
from nexstock.webhooks.retries import SCHEDULE
from tests.support.journeys.webhooks import MISSING, endpoint, waiting_message
from tests.support.journeys.world import Visit

_MISSING_DELIVERY = "msg_01JD0000000000000000000000"


def rotate_webhook_secret(visit: Visit) -> None:
    """A new secret, the same request once more, and an endpoint that is not there."""
    path, key = {"endpoint_id": endpoint(visit.world)}, {"Idempotency-Key": visit.world.canary("idempotency key")}
    answer = visit.request(200, by="admin", path=path, headers=key).json
    visit.world.keep("signing secret", answer["secret"])
    visit.request(409, by="admin", path=path, headers=key)
    visit.request(404, by="admin", path={"endpoint_id": MISSING}, headers={"Idempotency-Key": "another"})


def ping_webhook_endpoint(visit: Visit) -> None:
    """A test, the same request once more, an endpoint that is disabled, and one that is not there."""
    path, key = {"endpoint_id": endpoint(visit.world)}, {"Idempotency-Key": visit.world.canary("idempotency key")}
    visit.request(202, by="admin", path=path, headers=key)
    visit.request(202, by="admin", path=path, headers=key)
    disabled = endpoint(visit.world, enabled=False)
    visit.request(409, by="admin", path={"endpoint_id": disabled}, headers={"Idempotency-Key": "another"})
    visit.request(404, by="admin", path={"endpoint_id": MISSING})


def replay_webhook_endpoint(visit: Visit) -> None:
    """A replay, the same request once more, an endpoint that is disabled, and one that is not there."""
    path, key = {"endpoint_id": endpoint(visit.world)}, {"Idempotency-Key": visit.world.canary("idempotency key")}
    body = {"since": to_rfc3339(utc_now())}
    visit.request(202, by="admin", path=path, body=body, headers=key)
    visit.request(202, by="admin", path=path, body=body, headers=key)
    disabled = endpoint(visit.world, enabled=False)
    visit.request(409, by="admin", path={"endpoint_id": disabled}, body=body, headers={"Idempotency-Key": "another"})
    visit.request(404, by="admin", path={"endpoint_id": MISSING}, body=body)
    visit.request(422, by="admin", path=path, body={"since": visit.world.canary("time")})


def list_webhook_deliveries(visit: Visit) -> None:
    """Two pages of all, and those of an endpoint, of each kind."""
    endpoint_id = endpoint(visit.world)
    for _ in range(2):
        _settle(waiting_message(visit.world, endpoint_id))
    first = visit.request(200, by="admin", query={"limit": "1"})
    visit.request(200, by="admin", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    visit.request(200, by="admin", query={"endpointId": endpoint_id})
    visit.request(200, by="admin", query={"endpointId": endpoint_id, "status": "failed"})


def get_webhook_delivery(visit: Visit) -> None:
    """One that is there and one that is not."""
    note = waiting_message(visit.world, endpoint(visit.world))
    visit.request(200, by="admin", path={"delivery_id": note.message_id})
    visit.request(404, by="admin", path={"delivery_id": _MISSING_DELIVERY})


def redeliver_webhook(visit: Visit) -> None:
    """One that had failed, the same request once more, one to a disabled endpoint, and one that is not there."""
    failed, key = waiting_message(visit.world, endpoint(visit.world)), visit.world.canary("idempotency key")
    _settle(failed)
    path, headers = {"delivery_id": failed.message_id}, {"Idempotency-Key": key}
    visit.request(202, by="admin", path=path, headers=headers)
    visit.request(202, by="admin", path=path, headers=headers)
    disabled = waiting_message(visit.world, endpoint(visit.world, enabled=False))
    visit.request(409, by="admin", path={"delivery_id": disabled.message_id}, headers={"Idempotency-Key": "another"})
    visit.request(404, by="admin", path={"delivery_id": _MISSING_DELIVERY})


def deliver_webhook(visit: Visit) -> None:
    """Messages that arrive, alone and in order, that are tried again, that fail for good, and that nobody wants."""
    world = visit.world
    taking, failing = endpoint(world), endpoint(world, world.failing)
    ordered = endpoint(world, ordered=True, maxPerSecond=1)
    first, second = (waiting_message(world, ordered, place=Place(ordered, "PRODUCT#prd_1", each)) for each in (1, 2))
    notes = [waiting_message(world, taking), waiting_message(world, failing), second, first]
    notes += [waiting_message(world, failing, len(SCHEDULE)), waiting_message(world, MISSING)]
    for note in notes:
        record = {"messageId": "1", "body": json.dumps(note.message)}
        assert visit.invoke({"Records": [record]}).answer == {"batchItemFailures": []}
    unreadable = {"messageId": "2", "body": world.canary("note")}
    assert visit.invoke({"Records": [unreadable]}).answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def replay_webhooks(visit: Visit) -> None:
    """A hundred messages that failed and some more, of an endpoint, and a replay whose endpoint is not there."""
    endpoint_id, organization_id = endpoint(visit.world), visit.world.organization.id
    for _ in range(101):
        _settle(waiting_message(visit.world, endpoint_id))
    now = utc_now()
    span = {"since": to_rfc3339(now - timedelta(days=1)), "until": to_rfc3339(now + timedelta(days=1))}
    for wanted in (endpoint_id, MISSING):
        note = {"organizationId": organization_id, "endpointId": wanted, **span}
        answer = visit.invoke({"Records": [{"messageId": "1", "body": json.dumps(note)}]}).answer
        assert answer == {"batchItemFailures": []}


def disable_webhook_endpoints(visit: Visit) -> None:
    """An endpoint that has failed for days."""
    endpoint_id, now = endpoint(visit.world), utc_now()
    for at in (now - DISABLED_AFTER, now):
        _fail(visit.world.organization.id, endpoint_id, at)
    visit.invoke({})
    assert visit.world.read(f"/v1/webhook-endpoints/{endpoint_id}").json["enabled"] is False


def _fail(organization_id: OrganizationId, endpoint_id: str, at: datetime) -> None:
    health = HealthRepository(organization_id)
    health.admit(endpoint_id, "msg_1", at)
    health.failed(endpoint_id, "msg_1", at, throttle=None, is_gone=False)


def _settle(note: Note) -> None:
    messages = MessageRepository(note.organization_id)
    message = messages.get(note.message_id)
    assert message is not None
    messages.settle(message, MessageState.FAILED)
