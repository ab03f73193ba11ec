"""Every day: queue the comparison of every organization's items with its audit log."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.reconciliation import begin_reconciliation
from nexstock.queues import send


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue it."""
    begin_reconciliation(send=send)
