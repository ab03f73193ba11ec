"""Every day: queue that every organization's data keys are looked at, and rotated where they have become old."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from nexstock.encryption.notes import begin_rotations
from nexstock.queues import send


def handler(_event: dict[str, Any], _context: LambdaContext) -> None:
    """Queue it."""
    begin_rotations(send=send)
