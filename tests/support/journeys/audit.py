"""Journeys of the functions that record and export the audit log."""

from tests.support.audited import some_facts, write
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
