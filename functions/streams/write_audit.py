"""Stream of the organizations' table: append one audit entry for each change.

Handlers do not write the audit log; the stream does, so no change can happen without its entry. Delivery is at
least once: an entry's id follows from the change, and appending it twice changes nothing.
"""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.recording import record_changes
from nexstock.streams import BatchAnswer, work_through_by_organization


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Work through one batch of the stream."""
    return work_through_by_organization(event, record_changes)
