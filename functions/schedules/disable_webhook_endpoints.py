"""Every minute: disable the webhook endpoints that are gone or have failed for days, and tell their owners."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.mail.outbox import post
from nexstock.observability import logger
from nexstock.webhooks.disabling import disable_marked


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Disable what is marked."""
    logger.info("endpoints disabled", count=disable_marked(post=post, now=utc_now()))
