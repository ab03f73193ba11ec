"""The stack's queues: sending to them, and working through what they deliver; the only module that calls SQS."""

import json
import math
import random
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

from nexstock.aws import client
from nexstock.config import queue_url
from nexstock.ids import is_id
from nexstock.observability import bind, log_fault, logger

BatchAnswer = dict[str, list[dict[str, str]]]

MAX_DELAY_S: Final = 900
"""The longest delay of a message (AWS: "Amazon SQS delay queues")."""

LONGEST_WAIT_S: Final = 3600
"""The longest that a message is hidden because of a failure, whatever was asked for."""

_MOST_AT_ONCE: Final = 10
"""Messages of one call (AWS: SendMessageBatch)."""

_FIRST_WAIT_S: Final = 10
_WAIT_GROWS_BY: Final = 3
_LONGEST_UNASKED_WAIT_S: Final = 900


class Delayed(Exception):  # noqa: N818 (names the fact)
    """A message cannot be handled yet; `after_s` is how long it has to wait at least, `reason` why, for the log."""

    def __init__(self, reason: str, *, after_s: float = 0) -> None:
        super().__init__(reason)
        self.reason, self.after_s = reason, after_s


class NotQueued(Exception):  # noqa: N818 (names the fact)
    """A queue did not take a message."""


def send(queue: str, message: Mapping[str, str], *, delay_s: int = 0) -> None:
    """Put one message on a queue, e.g. `MAIL`; visible after `delay_s` seconds, at most `MAX_DELAY_S`."""
    client("sqs").send_message(QueueUrl=queue_url(queue), MessageBody=json.dumps(message), DelaySeconds=delay_s)


def send_all(queue: str, messages: Iterable[Mapping[str, str]]) -> None:
    """Put messages on a queue, in as few calls as it takes; they are read as they are sent.

    Raises:
        NotQueued: the queue did not take one of them; those before it are queued.
    """
    waiting = iter(messages)
    while some := list(islice(waiting, _MOST_AT_ONCE)):
        answer = client("sqs").send_message_batch(
            QueueUrl=queue_url(queue),
            Entries=[{"Id": str(place), "MessageBody": json.dumps(each)} for place, each in enumerate(some)],
        )
        if answer.get("Failed"):
            raise NotQueued


def work_through(
    event: Mapping[str, Any], handle: Callable[[Mapping[str, str]], None], *, backs_off_in: str | None = None
) -> BatchAnswer:
    """Handle each message of a batch; those that failed come again, and the others do not wait for them.

    AWS: "Handling errors for an SQS event source in Lambda", `ReportBatchItemFailures`.

    Args:
        event: the batch.
        handle: handles one message, or raises; `Delayed` may say how long to wait.
        backs_off_in: the queue, if its failed messages wait longer each time, and not for its visibility timeout.
    """
    failed = []
    for record in event["Records"]:
        bind(message_id=record["messageId"])
        try:
            message = json.loads(record["body"])
            logger.append_keys(organization_id=_organization_of(message))
            handle(message)
        except Exception as error:  # noqa: BLE001 (whatever it was, the message is delivered again)
            if isinstance(error, Delayed):
                logger.warning("queued message delayed", problem=error.reason)
            else:
                log_fault("queued message failed", error)
            if backs_off_in is not None:
                _hide(record, backs_off_in, error.after_s if isinstance(error, Delayed) else 0)
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def _organization_of(message: Mapping[str, str]) -> str | None:
    # Of a message that is none of ours any text could stand there, and logs hold none.
    named = message.get("organizationId", "")
    return named if is_id(named, "org") else None


def wait_after(receives: int, asked_s: float) -> int:
    """Return for how many seconds a message is hidden after its n-th failure: never shorter than was asked for.

    Ten receives take between 80 and 90 minutes if nobody asks for more. Up to a tenth of jitter keeps messages that
    failed together from coming together.
    """
    grown = min(_FIRST_WAIT_S * math.pow(_WAIT_GROWS_BY, receives - 1), _LONGEST_UNASKED_WAIT_S)
    wait_s = max(grown, asked_s) * random.uniform(1.0, 1.1)  # noqa: S311 (jitter)
    return min(math.ceil(wait_s), LONGEST_WAIT_S)


def _hide(record: Mapping[str, Any], queue: str, asked_s: float) -> None:
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    try:
        client("sqs").change_message_visibility(
            QueueUrl=queue_url(queue),
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=wait_after(receives, asked_s),
        )
    except Exception as error:  # noqa: BLE001 (the message then comes again after the queue's own time)
        log_fault("wait of a queued message not set", error)
