"""Queues what waits longer than a queue can hold it, and whatever was lost on the way."""

from datetime import datetime, timedelta
from typing import Final

from nexstock.background import SendNote
from nexstock.webhooks.fan_out import note_of
from nexstock.webhooks.messages import DUE_SHARDS, LEASE, MessageRepository, due_messages

_AHEAD: Final = timedelta(seconds=60)
"""The schedule's interval: what comes due before the next run is queued now, with a delay."""

_MOST_PER_SHARD: Final = 500


def queue_overdue(*, send: SendNote, now: datetime) -> int:
    """Queue a note for every message that is due before the next run; return how many.

    The message is postponed before its note is queued, so the next run does not queue it again; if this one crashes
    in between, the message is found overdue once more. Two notes for one attempt do no harm: one is acted on.
    """
    queued = 0
    for shard in range(DUE_SHARDS):
        for due in due_messages(shard, until=now + _AHEAD, limit=_MOST_PER_SHARD):
            wait = max(due.due_at - now, timedelta())
            messages = MessageRepository(due.organization_id)
            if messages.postpone(due.id, attempts=due.attempts, until=now + wait + LEASE):
                note = note_of(due.organization_id, due.id, due.endpoint_id, attempts=due.attempts)
                send("DELIVERIES", note, delay_s=round(wait.total_seconds()))
                queued += 1
    return queued
