"""Webhook endpoints of test organizations, their messages as they are stored, and the notes that are queued."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from functions.queues import deliver_webhook
from nexstock.aws import client
from nexstock.changes import Change
from nexstock.clock import from_rfc3339, utc_now
from nexstock.config import queue_url
from nexstock.ids import OrganizationId, WebhookEndpointId, new_id
from nexstock.webhooks.fan_out import fan_out
from nexstock.webhooks.messages import MessageRepository, MessageState
from nexstock.webhooks.model import WebhookEndpoint
from nexstock.webhooks.repository import WebhookEndpointRepository
from tests.support.api import call
from tests.support.environment import table_name
from tests.support.people import StaffedOrganization
from tests.support.records import Record, records_of

Json = dict[str, Any]
Note = dict[str, str]

_taken: Final[dict[str, list[Note]]] = defaultdict(list)

DELIVERIES: Final = "DELIVERIES"
DEAD_DELIVERIES: Final = "DEAD_DELIVERIES"


@dataclass(frozen=True)
class Endpoint:
    """A registered endpoint and its signing secret, as its owner has them."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Queued:
    """One note on a queue."""

    queue: str
    note: Note
    delay_s: int


class Queues:
    """Stands in for the queues; as they do, it takes notes with a delay."""

    def __init__(self) -> None:
        self.queued: list[Queued] = []

    def send(self, queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
        """Keep a note."""
        self.queued.append(Queued(queue, dict(message), delay_s))

    def of(self, organization_id: OrganizationId) -> list[Queued]:
        """Return what was queued for one organization, oldest first."""
        return [each for each in self.queued if each.note["organizationId"] == organization_id]


@dataclass(frozen=True)
class StoredMessage:
    """A message and its attempts as the table holds them."""

    id: str
    endpoint_id: str
    event_type: str
    state: str
    attempts_counted: int
    due_at: datetime | None
    resource: str | None
    body: str
    attempts: list[Json]


def an_endpoint(organization: StaffedOrganization, url: str, *events: str, **fields: Any) -> Endpoint:  # noqa: ANN401
    """Register an endpoint through the API; for all events unless some are named."""
    body = {"url": url, "events": list(events) or ["*"], **fields}
    reply = call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    return Endpoint(reply.json["id"], reply.json["secret"])


def stored_endpoints(organization: StaffedOrganization, *filters: tuple[str, ...], **fields: Any) -> list[str]:  # noqa: ANN401
    """Store an endpoint for each filter, in one call and with a secret that does not open; return their ids."""
    tenant, now = organization.tenant(), utc_now()
    endpoints = [
        WebhookEndpoint(
            id=WebhookEndpointId(new_id("whe", now)),
            version=1,
            created_at=now,
            updated_at=now,
            url="https://hooks.customer.example/",
            events=events,
            sealed_secret=b"not sealed",
        )
        for events in filters
    ]
    for endpoint in endpoints:
        WebhookEndpointRepository(tenant).add(replace(endpoint, **fields))
    tenant.transaction.commit()
    return [endpoint.id for endpoint in endpoints]


def a_product(organization: StaffedOrganization, **fields: Any) -> Json:  # noqa: ANN401
    """Create a product through the API and return it."""
    body = {"sku": "ANV-1", "name": "Anvil", **fields}
    reply = call("POST", "/v1/products", token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    created: Json = reply.json
    return created


def records_about(organization: StaffedOrganization, resource_id: str) -> list[Record]:
    """Return the stream's records of one resource."""
    found = records_of(organization.id)
    return [record for record in found if record["dynamodb"]["Keys"]["SK"]["S"] == resource_id]


def fanned_out(records: list[Record], *, now: datetime | None = None) -> list[Note]:
    """Fan the records out and return the notes of the first attempts."""
    notes: list[Note] = []
    for record in records:
        change = Change.parse(record)
        if change is not None:
            fan_out(change, send=lambda note: notes.append(dict(note)), now=now or utc_now())
    return notes


def a_note(organization: StaffedOrganization, url: str, *, now: datetime | None = None) -> tuple[Endpoint, Note]:
    """Register an endpoint, change something, and return the endpoint with the note of its one message."""
    endpoint = an_endpoint(organization, url, "product.*")
    product = a_product(organization)
    (note,) = fanned_out(records_about(organization, product["id"]), now=now)
    return endpoint, note


def messages_of(organization_id: OrganizationId) -> list[StoredMessage]:
    """Return an organization's messages by id, read from the table itself."""
    pages = (
        client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=table_name("deliveries"),
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}},
            ConsistentRead=True,
        )
    )
    items = {
        item["SK"]["S"]: {name: _plain(value) for name, value in item.items()}
        for page in pages
        for item in page["Items"]
    }
    return [
        StoredMessage(
            item["id"],
            item["endpointId"],
            item["eventType"],
            item["state"],
            item["attempts"],
            from_rfc3339(item["dueAt"]) if "dueAt" in item else None,
            item.get("resource"),
            item["body"],
            [each for name, each in sorted(items.items()) if name.startswith(f"ATTEMPT#{item['id']}#")],
        )
        for key, item in sorted(items.items())
        if key.startswith("MESSAGE#")
    ]


def message_of(note: Note) -> StoredMessage:
    """Return the message that a note is about."""
    (found,) = [each for each in messages_of(OrganizationId(note["organizationId"])) if each.id == note["messageId"]]
    return found


def settled(note: Mapping[str, str], state: MessageState) -> None:
    """Settle the message that a note is about."""
    messages = MessageRepository(OrganizationId(note["organizationId"]))
    message = messages.get(note["messageId"])
    assert message is not None
    messages.settle(message, state)


def queue_event(*notes: Mapping[str, str]) -> Json:
    """Return notes as Lambda hands them over from SQS."""
    return {"Records": [{"messageId": f"sqs-{place}", "body": json.dumps(note)} for place, note in enumerate(notes)]}


def act_on(note: Mapping[str, str]) -> list[Json]:
    """Have the queue's consumer act on one note; return what it reports as failed."""
    return deliver_webhook.handler(queue_event(note), None)["batchItemFailures"]  # type: ignore[arg-type]


def notes_on(queue: str, organization_id: OrganizationId) -> list[Note]:
    """Take everything off a real queue and return an organization's notes, those of earlier calls included."""
    sqs, url = client("sqs"), queue_url(queue)
    while taken := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in taken:
            note = json.loads(message["Body"])
            _taken[queue].append(note)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [note for note in _taken[queue] if note["organizationId"] == organization_id]


def _plain(value: Json) -> Any:  # noqa: ANN401 (an attribute's value)
    ((kind, content),) = value.items()
    return int(content) if kind == "N" else content
