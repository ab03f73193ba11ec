"""Queue of exports: make the file of one."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.exports.making import make_export
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Make one export."""
    return work_through(event, for_its_organization(make_export), backs_off_in="EXPORTS")
