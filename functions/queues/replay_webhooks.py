"""Queue of replays: send some of what failed at a webhook endpoint once more, and see to the rest."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through
from nexstock.webhooks.replay import continue_replay


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with one replay."""
    return work_through(event, for_its_organization(partial(continue_replay, send=send)))
