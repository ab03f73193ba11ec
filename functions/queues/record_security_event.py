"""Queue of security events: record each, so that the audit log has it."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.queues import BatchAnswer, work_through
from nexstock.security_events.recording import record_told


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Record one batch of events."""
    return work_through(event, record_told)
