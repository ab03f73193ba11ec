"""Queue of audit logs that have grown: archive and sign one."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.checkpointing import make_checkpoint
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Make one checkpoint."""
    return work_through(event, for_its_organization(partial(make_checkpoint, send=send)))
