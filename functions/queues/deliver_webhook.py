"""Queue of webhook deliveries: make one attempt at one message; the only function that calls customers' servers."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.crypto.envelope import open_sealed
from nexstock.queues import BatchAnswer, send, work_through
from nexstock.webhooks.delivery import deliver


def attempt(note: Mapping[str, str]) -> None:
    """Act on one note of the queue."""
    deliver(note, open_sealed=open_sealed, send=send)


def handler(event: dict[str, Any], _context: LambdaContext) -> BatchAnswer:
    """Work through one batch of notes."""
    return work_through(event, attempt)
