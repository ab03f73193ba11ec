"""Every minute: queue the webhook messages that are due before the next run, and those that were lost on the way."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.observability import logger
from nexstock.queues import send
from nexstock.webhooks.overdue import queue_overdue


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue what is overdue."""
    logger.info("overdue messages queued", count=queue_overdue(send=send, now=utc_now()))
