"""Queue of webhook deliveries: make one attempt at one message; the only function that calls customers' servers."""

import json
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.crypto.envelope import open_sealed
from nexstock.queues import send
from nexstock.webhooks.delivery import deliver

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def attempt(record: SQSRecord) -> None:
    """Act on one note of the queue."""
    deliver(json.loads(record.body), open_sealed=open_sealed, send=send)


def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Work through one batch; notes that failed come again, then end in the dead-letter queue."""
    return process_partial_response(event, attempt, processor, context)
