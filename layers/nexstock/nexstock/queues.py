"""Sending to the stack's queues; the only module that calls SQS."""

import json
from collections.abc import Mapping
from typing import Final

from nexstock.aws import client
from nexstock.config import queue_url

MAX_DELAY_S: Final = 900
"""The longest delay of a message (AWS: "Amazon SQS delay queues")."""


def send(queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
    """Put one message on a queue, e.g. `MAIL`; visible after `delay_s` seconds, at most `MAX_DELAY_S`."""
    client("sqs").send_message(QueueUrl=queue_url(queue), MessageBody=json.dumps(message), DelaySeconds=delay_s)
