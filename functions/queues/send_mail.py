"""Queue of mails: send each through the mail service; one that fails comes again, then ends in the dead-letter queue."""

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.mail.sender import send_mail

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def send_queued(record: SQSRecord) -> None:
    """Send one queued mail."""
    send_mail(json.loads(record.body))


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work through one batch."""
    return process_partial_response(event, send_queued, processor, context)
