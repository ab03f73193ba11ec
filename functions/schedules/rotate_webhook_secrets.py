"""Every hour: tell owners of webhook secrets that are due, and replace those that are due and nobody replaced."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.clock import utc_now
from nexstock.crypto.envelope import seal
from nexstock.key_policies import webhook_secret_age
from nexstock.mail.outbox import post
from nexstock.observability import logger
from nexstock.webhooks.secret_aging import SecretsAging


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Do what is due."""
    aging = SecretsAging(post=post, seal=seal, max_age=webhook_secret_age(), now=utc_now())
    logger.info("webhook secrets seen to", count=aging.run())
