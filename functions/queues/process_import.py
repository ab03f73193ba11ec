"""Queue of imports: work through some rows of one, and see to the next."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.imports.processing import process_import
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with one import."""
    return work_through(event, for_its_organization(partial(process_import, send=send)), backs_off_in="IMPORTS")
