"""Queue of audit logs that have grown: archive and sign one."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.checkpointing import make_checkpoint
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Make one checkpoint."""
    return work_through(event, partial(make_checkpoint, send=send))
