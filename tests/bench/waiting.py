"""Whether finding what is due costs more the more messages wait, and how much one run of the schedule takes on."""

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import boto3

from nexstock.clock import utc_now
from nexstock.ids import MessageId, OrganizationId, new_id
from nexstock.observability import logger
from nexstock.persistence.tables import TABLES
from nexstock.queues import send
from nexstock.webhooks.due import due_messages
from nexstock.webhooks.messages import DUE_SHARDS, MessageItem, MessageRepository, NewMessage
from nexstock.webhooks.overdue import queue_overdue
from tests.bench.engine import running_engine
from tests.bench.statistics import ms, row
from tests.support.calls import recorded_calls

TITLE: Final = "Webhook messages that wait: 1,000 are due, the others within ten hours"

_WAITING: Final = (0, 10_000, 100_000)
_DUE: Final = 1_000
_OVERDUE: Final = 50_000
_AT_ONCE: Final = 25
"""AWS: BatchWriteItem."""


def measure() -> Iterator[str]:
    """Tell what it takes to find and to queue what is due, beside more and more that is not."""
    logger.setLevel("ERROR")
    with running_engine() as database:
        yield f"the database is {database}; the queue is the local endpoint's"
        yield row("waiting", "found in", "read units", "queued in", "in a second")
        stored = 0
        for waiting in _WAITING:
            _store(_waiting(waiting - stored, timedelta(hours=1), timedelta(hours=9)))
            stored = waiting
            yield _measured(waiting)
        _store(_waiting(_OVERDUE, timedelta(minutes=-10), timedelta()))
        began = time.monotonic()
        queued = queue_overdue(send=send, now=utc_now())
        took_s = time.monotonic() - began
        yield f"of {_OVERDUE:,} that are overdue, one run queues {queued:,} in {took_s:.0f} s"


def _measured(waiting: int) -> str:
    due = _waiting(_DUE, timedelta(minutes=-10), timedelta())
    _store(due)
    now, found = utc_now(), 0
    began = time.monotonic()
    with recorded_calls() as recording:
        for shard in range(DUE_SHARDS):
            found += len(list(due_messages(shard, until=now)))
    found_in = time.monotonic() - began
    assert found == _DUE, f"{found} are due"
    began = time.monotonic()
    assert queue_overdue(send=send, now=now) == _DUE
    queued_in = time.monotonic() - began
    _write([{"DeleteRequest": {"Key": {"PK": {"S": item.pk}, "SK": {"S": item.sk}}}} for item in due])
    columns = (ms(found_in), f"{recording.read_units:.1f}", ms(queued_in), f"{_DUE / queued_in:.0f}")
    return row(f"{waiting:,}", *columns)


def _waiting(count: int, first: timedelta, spread: timedelta) -> list[MessageItem]:
    """Return messages whose attempts are due from `first` from now on, spread evenly."""
    now = utc_now()
    messages = MessageRepository(OrganizationId(new_id("org", now)))
    return [_message(messages, now + first + spread * (number / count), now) for number in range(count)]


def _message(messages: MessageRepository, due_at: datetime, now: datetime) -> MessageItem:
    message_id = MessageId(new_id("msg", now))
    body = json.dumps({"id": message_id, "data": "x" * 600})
    new = NewMessage(id=message_id, endpoint_id="whe_1", event_type="product.updated", body=body)
    item = messages.new_item(new, now)
    item.due_at = due_at
    return item


def _store(items: list[MessageItem]) -> None:
    _write([{"PutRequest": {"Item": item.serialize()}} for item in items])


def _write(requests: list[dict[str, Any]]) -> None:
    tables = boto3.client("dynamodb", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"])

    def write(first: int) -> None:
        answer = tables.batch_write_item(RequestItems={TABLES.deliveries: requests[first : first + _AT_ONCE]})
        assert not answer.get("UnprocessedItems"), "an engine of our own takes whole batches"

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(0, len(requests), _AT_ONCE)))
