"""Journeys of the functions that record and export the audit log."""

import json

from functions.streams import write_audit
from nexstock.auth.principals import Actor, ActorType, RequestOrigin
from nexstock.clock import utc_now
from nexstock.security_events.model import SecurityAction, Subject
from nexstock.security_events.notes import EventNote, FailedSignIn
from tests.support.api import call
from tests.support.audited import record_of, some_facts, write
from tests.support.changes import a_record
from tests.support.environment import table_name
from tests.support.events import Context
from tests.support.journeys.credentials import audited_entries
from tests.support.journeys.world import Visit, stored_item


def export_audit_log(visit: Visit) -> None:
    """A short log in both forms, and then more than one answer holds."""
    audited_entries(visit.world)
    for query in ({"format": "csv"}, {"format": "jsonl"}, {"since": "2026-01-01T00:00:00Z"}):
        visit.request(200, by="owner", query=query)
    long = [{"path": "/description", "before": None, "after": "long " * 30_000}]
    write(visit.world.organization.id, *(some_facts(number, diff=long) for number in range(25)))
    visit.request(202, by="admin_key")
    visit.request(202, by="admin_key")
    visit.request(403, by="member")


def fan_out_audit(visit: Visit) -> None:
    """An entry that goes to an endpoint, twice, the head, and a record that is none of this table's."""
    world = visit.world
    created = world.made("/v1/webhook-endpoints", {**world.endpoint(), "events": ["audit.*"]}).json
    world.keep("signing secret", created["secret"])
    write(world.organization.id, some_facts(1))
    event = {"Records": [record_of(world.organization.id, 1)]}
    for _ in range(2):
        assert visit.invoke(event).answer == {"batchItemFailures": []}
    image = {"canonical": {"S": world.canary("canonical")}}
    keys = {"PK": {"S": world.canary("partition key")}, "SK": {"S": "ENTRY#000000000001"}}
    poison = {"dynamodb": {"SequenceNumber": "1", "Keys": keys, "NewImage": image}}
    outcome = visit.invoke({"Records": [*event["Records"], poison]})
    assert outcome.answer == {"batchItemFailures": []}


def record_security_event(visit: Visit) -> None:
    """A refusal, twice, wrong passwords of somebody and of nobody, and a note that is none."""
    world = visit.world
    home, now = world.organization, utc_now()
    origin = RequestOrigin(world.canary("request"), world.canary("address"), world.canary("user agent"))
    actor = Actor(ActorType.USER, home.member.id, world.canary("name"))
    refused = EventNote(
        organization_id=home.id,
        actor=actor,
        origin=origin,
        at=now,
        action=SecurityAction.ACCESS_REFUSED,
        about=Subject("operation", "GET /v1/api-keys"),
        details={"requires": "api_keys:admin", "problem": "forbidden"},
    )
    failed = [
        FailedSignIn(email=each, origin=origin, at=now, by="password") for each in (home.owner.email, world.email())
    ]
    messages = [refused.message, refused.message, *(each.message for each in failed)]
    records = [{"messageId": str(place), "body": json.dumps(each)} for place, each in enumerate(messages)]
    poison = {"messageId": "poison", "body": json.dumps({"event": world.canary("note")})}
    answer = visit.invoke({"Records": [*records, poison]}).answer
    assert answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}


def reconcile_audit(visit: Visit) -> None:
    """A shard of all organizations, one organization whose changes were lost, and a message that is none."""
    world = visit.world
    product = world.made("/v1/products", world.product()).json
    path, token = f"/v1/products/{product['id']}", world.organization.owner.token
    assert call("PATCH", path, token=token, body={"name": world.canary("name")}).status == 200
    image = stored_item(table_name("tenants"), f"ORG#{world.organization.id}#PRODUCT", product["id"])
    write_audit.handler({"Records": [a_record(None, image)]}, Context())  # type: ignore[arg-type]
    told = [{"shard": str(shard)} for shard in range(8)]
    notes = [*told, {"organizationId": world.organization.id, "kind": "PRODUCT"}]
    for place, note in enumerate(notes):
        record = {"messageId": str(place), "body": json.dumps(note)}
        assert visit.invoke({"Records": [record]}).answer == {"batchItemFailures": []}
    poison = {"messageId": "poison", "body": json.dumps({"organizationId": world.canary("organization")})}
    assert visit.invoke({"Records": [poison]}).answer == {"batchItemFailures": [{"itemIdentifier": "poison"}]}


def begin_reconciliation(visit: Visit) -> None:
    """One run."""
    visit.invoke({})
