"""Queues what waits longer than a queue can hold it, and whatever was lost on the way."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from nexstock.background import SendNote
from nexstock.observability import Metric, measure
from nexstock.webhooks.due import DueMessage, due_messages
from nexstock.webhooks.messages import DUE_SHARDS, LEASE, MessageRepository
from nexstock.webhooks.notes import Note

AHEAD: Final = timedelta(seconds=60)
"""The schedule's interval: what comes due before the next run is queued now, with a delay."""

_LONGEST_RUN_S: Final = 45.0
"""Within the function's time; what is left over by then is the next run's, the longest overdue first."""


class ShardRun(NamedTuple):
    """How many notes a run over one part of the index queued, and how long its oldest message had been due."""

    queued: int
    overdue: timedelta


def queue_overdue(*, send: SendNote, now: datetime) -> int:
    """Queue a note for every message that is due before the next run; return how many.

    The message is postponed before its note is queued, so the next run does not queue it again; if this one crashes
    in between, the message is found overdue once more. Two notes for one attempt do no harm: one is acted on. The parts
    of the index are worked through side by side.
    """
    ends_at = time.monotonic() + _LONGEST_RUN_S
    with ThreadPoolExecutor(DUE_SHARDS) as shards:
        runs = list(shards.map(partial(queue_shard, send=send, now=now, ends_at=ends_at), range(DUE_SHARDS)))
    measure({Metric.DELIVERY_OVERDUE: max(run.overdue for run in runs).total_seconds()})
    return sum(run.queued for run in runs)


def queue_shard(shard: int, *, send: SendNote, now: datetime, ends_at: float = math.inf) -> ShardRun:
    """Queue what is due in one part of the index, and return what that came to.

    Args:
        shard: which part.
        send: puts a note on the queue.
        now: the present instant.
        ends_at: when to stop, by the monotonic clock.
    """
    queued, overdue = 0, timedelta()
    for due in due_messages(shard, until=now + AHEAD):
        if time.monotonic() >= ends_at:
            break
        overdue = max(overdue, now - due.due_at)
        queued += _queue(due, send, now)
    return ShardRun(queued, overdue)


def _queue(due: DueMessage, send: SendNote, now: datetime) -> bool:
    wait = max(due.due_at - now, timedelta())
    messages = MessageRepository(due.organization_id)
    if messages.postpone(due.id, attempts=due.attempts, until=now + wait + LEASE) is None:
        return False
    note = Note(due.organization_id, due.id, due.endpoint_id, attempts=due.attempts)
    send("DELIVERIES", note.message, delay_s=round(wait.total_seconds()))
    return True
