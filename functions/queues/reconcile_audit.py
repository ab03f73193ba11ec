"""Queue of reconciliations: compare some of an organization's items with its audit log, and close the gaps."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.reconciliation import reconcile
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with one reconciliation."""
    return work_through(event, partial(reconcile, send=send))
