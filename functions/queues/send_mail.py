"""Queue of mails: send each; one that fails comes again, and in the end goes to the dead-letter queue."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.mail.sender import send_mail
from nexstock.queues import BatchAnswer, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Send one batch of mails."""
    return work_through(event, send_mail, backs_off_in="MAIL")
