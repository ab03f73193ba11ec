"""Queue of count sheets: go on posting what was counted, some of it at a time."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.counts import posting
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with one sheet."""
    return work_through(event, for_its_organization(partial(posting.continue_posting, enqueue=send)))
