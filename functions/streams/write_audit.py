"""Stream of the organizations' table: append one audit entry for each change.

Handlers do not write the audit log; the stream does, so no change can happen without its entry. Delivery is at
least once: an entry's id follows from the change, and appending it twice changes nothing.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.entries import facts_of
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.streams import BatchAnswer, Change, Record, work_through


def append_entry(record: Record) -> None:
    """Append the entry for one stream record, if the record is a change."""
    change = Change.parse(record)
    if change is not None:
        AuditRepository(system_tenant(change.organization_id, "audit")).append(facts_of(change))


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Work through one batch of the stream."""
    return work_through(event, append_entry)
