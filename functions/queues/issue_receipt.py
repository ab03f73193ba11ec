"""Queue of organizations whose keys were destroyed: sign the receipt, and tell the owners."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.crypto.documents import signed_document
from nexstock.persistence.organization_credentials import for_its_organization
from nexstock.queues import BatchAnswer, send, work_through
from nexstock.receipts.issuing import issue_receipt


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Issue the receipt of one organization."""
    return work_through(event, for_its_organization(partial(issue_receipt, sign=signed_document, send=send)))
