"""Queue of rotations of data keys: look at an organization's keys, and go on with a pass over some of them."""

from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.encryption.rotation import rotate
from nexstock.queues import BatchAnswer, send, work_through


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Go on with one rotation."""
    return work_through(event, partial(rotate, send=send))
