"""Journeys of the functions that record and export the audit log."""

from tests.support.audited import record_of, some_facts, write
from tests.support.journeys.credentials import audited_entries
from tests.support.journeys.world import Visit


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
    assert outcome.answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
