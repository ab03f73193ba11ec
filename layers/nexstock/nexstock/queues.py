"""The stack's queues: sending to them, and working through what they deliver; the only module that calls SQS."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from nexstock.aws import client
from nexstock.config import queue_url
from nexstock.observability import log_fault, logger

BatchAnswer = dict[str, list[dict[str, str]]]

MAX_DELAY_S: Final = 900
"""The longest delay of a message (AWS: "Amazon SQS delay queues")."""


def send(queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
    """Put one message on a queue, e.g. `MAIL`; visible after `delay_s` seconds, at most `MAX_DELAY_S`."""
    client("sqs").send_message(QueueUrl=queue_url(queue), MessageBody=json.dumps(message), DelaySeconds=delay_s)


def work_through(event: Mapping[str, Any], handle: Callable[[Mapping[str, str]], None]) -> BatchAnswer:
    """Handle each message of a batch; those that failed come again, and the others do not wait for them.

    AWS: "Handling errors for an SQS event source in Lambda", `ReportBatchItemFailures`.
    """
    logger.clear_state()
    failed = []
    for record in event["Records"]:
        try:
            handle(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001 (whatever it was, the message is delivered again)
            log_fault("queued message failed", error)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}
