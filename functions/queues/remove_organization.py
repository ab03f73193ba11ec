"""Queue of deleted organizations: remove what each kept, some of it at a time."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.organizations import removal
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with the removal of one organization."""
    return work_through(event, for_its_organization(partial(removal.remove_organization, enqueue=send)))
