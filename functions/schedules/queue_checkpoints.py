"""Every hour: queue the audit logs that have grown since their newest checkpoint."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.checkpointing import queue_checkpoints
from nexstock.queues import send_all


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue them."""
    queue_checkpoints(send_all=send_all)
