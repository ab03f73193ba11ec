"""Security events in tests: what was told to the queue within a block, recorded as its consumer does, and audited."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from functions.queues import record_security_event
from nexstock.audit.entries import AuditFacts, facts_of
from nexstock.aws import client
from nexstock.changes import Change
from nexstock.config import queue_url
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import Kind
from tests.support.changes import a_record
from tests.support.events import Context
from tests.support.stock import items_of


@contextlib.contextmanager
def told() -> Iterator[list[str]]:
    """Keep the bodies of the notes that are told within the block."""
    bodies: list[str] = []

    def keep(params: dict[str, Any], **_rest: Any) -> None:  # noqa: ANN401 (botocore's hook)
        if params["QueueUrl"] == queue_url("SECURITY_EVENTS"):
            bodies.append(params["MessageBody"])

    events = client("sqs").meta.events
    events.register("before-parameter-build.sqs.SendMessage", keep)
    try:
        yield bodies
    finally:
        events.unregister("before-parameter-build.sqs.SendMessage", keep)


def record(bodies: list[str]) -> None:
    """Have the queue's consumer record notes."""
    records = [{"messageId": str(place), "body": body} for place, body in enumerate(bodies)]
    answer = record_security_event.handler({"Records": records}, Context())  # type: ignore[arg-type]
    assert answer == {"batchItemFailures": []}


def audited(organization_id: OrganizationId) -> list[AuditFacts]:
    """Return what the audit log says of an organization's security events, oldest first."""
    items = sorted(items_of(organization_id, Kind.SECURITY_EVENT), key=lambda item: str(item["createdAt"]["S"]))
    changes = [Change.parse(a_record(None, item)) for item in items]
    return [facts_of(change) for change in changes if change is not None]


def said_of(facts: AuditFacts) -> dict[str, str]:
    """Return the details of an event by their names; nothing was there before it."""
    assert {each["before"] for each in facts.diff} <= {None}
    return {each["path"].removeprefix("/"): each["after"] for each in facts.diff}


def note(body: str) -> Any:  # noqa: ANN401 (any JSON value)
    """Return what the body of a note says."""
    return {name: json.loads(text) for name, text in json.loads(body).items()}
