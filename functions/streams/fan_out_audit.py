"""Stream of the audit table: store and queue one message for each endpoint that wants the audit log's entries."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.audit.events import recorded_entry
from nexstock.changes import Record
from nexstock.clock import utc_now
from nexstock.queues import send
from nexstock.streams import BatchAnswer, work_through
from nexstock.webhooks.fan_out import fan_out


def queue_messages(record: Record) -> None:
    """Store and queue the messages for one stream record, if it is a new entry."""
    entry = recorded_entry(record)
    if entry is not None:
        fan_out(entry, send=partial(send, "DELIVERIES"), now=utc_now())


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Work through one batch of the stream."""
    return work_through(event, queue_messages)
