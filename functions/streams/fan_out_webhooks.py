"""Stream of the organizations' table: store and queue one message for each endpoint that a change goes to.

No customer's server is called here: a slow one would hold up the whole shard.
"""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.changes import Change, Record
from nexstock.clock import utc_now
from nexstock.queues import send
from nexstock.streams import BatchAnswer, work_through
from nexstock.webhooks.fan_out import fan_out


def queue_messages(record: Record) -> None:
    """Store and queue the messages for one stream record, if the record is a change."""
    change = Change.parse(record)
    if change is not None:
        fan_out(change, send=partial(send, "DELIVERIES"), now=utc_now())


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Work through one batch of the stream."""
    return work_through(event, queue_messages)
