"""Journeys of the functions that sign the audit log and prove what is in it."""

import json

from tests.support.checkpoints import checkpointed, forget_newest, grown_too_long
from tests.support.journeys.credentials import MISSING_ENTRY, audited_entries
from tests.support.journeys.world import Visit


def queue_checkpoints(visit: Visit) -> None:
    """A log that has grown."""
    audited_entries(visit.world)
    assert visit.invoke({}).raised is None


def make_checkpoint(visit: Visit) -> None:
    """A log that grows, runs that found nothing new, one that ended, one too long, and a note of nobody's."""
    note = _message(visit.world.organization.id)
    for _ in range(2):
        audited_entries(visit.world)
        for _ in range(2):
            assert visit.invoke({"Records": [note]}).answer == {"batchItemFailures": []}
    # As if the last run had ended before it noted what it archived.
    forget_newest(visit.world.organization.id)
    assert visit.invoke({"Records": [note]}).answer == {"batchItemFailures": []}
    grown_too_long(visit.world.organization.id)
    assert visit.invoke({"Records": [note]}).answer == {"batchItemFailures": []}
    foreign = visit.invoke({"Records": [_message(visit.world.canary("organization"))]})
    assert foreign.answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def get_audit_log_proof(visit: Visit) -> None:
    """One that is signed, one that is not yet, and one that is not there."""
    audited_entries(visit.world)
    assert checkpointed(visit.world.organization.id) == []
    visit.request(200, by="admin", path={"entry_id": _newest(visit)})
    audited_entries(visit.world)
    visit.request(409, by="admin", path={"entry_id": _newest(visit)})
    visit.request(404, by="admin", path={"entry_id": MISSING_ENTRY})


def list_audit_log_checkpoints(visit: Visit) -> None:
    """Two pages, with a proof, and one from a size that the log never had."""
    for _ in range(2):
        audited_entries(visit.world)
        assert checkpointed(visit.world.organization.id) == []
    first = visit.request(200, by="admin", query={"limit": "1", "fromSize": "1"})
    visit.request(200, by="admin", query={"limit": "1", "cursor": visit.world.keep("cursor", first.json["next"])})
    visit.request(422, by="admin", query={"fromSize": "1000"})


def verify_audit_log(visit: Visit) -> None:
    """The newest entries, and those from the first on."""
    audited_entries(visit.world)
    assert checkpointed(visit.world.organization.id) == []
    for query in ({}, {"from": "1"}):
        assert visit.request(200, by="admin", query=query).json["intact"] is True


def _newest(visit: Visit) -> str:
    return str(visit.world.read("/v1/audit-logs").json["items"][0]["id"])


def _message(organization_id: str) -> dict[str, str]:
    return {"messageId": "1", "body": json.dumps({"organizationId": organization_id})}
