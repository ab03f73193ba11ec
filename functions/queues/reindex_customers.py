"""Queue of passes after a rotation: index some customers under the newest secret of the blind index."""

from datetime import timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.customers.reindexing import reindex
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], context: LambdaContext) -> BatchAnswer:
    """Go on with one shard of a pass."""
    time_left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return work_through(event, partial(reindex, send=send, time_left=time_left))
