"""What becomes of a message that is not delivered now: it waits, or it has waited long enough."""

import random
from datetime import datetime, timedelta
from typing import Final

from nexstock.background import SendNote
from nexstock.queues import MAX_DELAY_S
from nexstock.webhooks.messages import LEASE, MessageItem, MessageRepository, MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import first_in_line

LONGEST_WAIT: Final = timedelta(days=7)
"""After which a message is given up even if it had no attempt, long before the table forgets it."""

LOOK_AT_LINE: Final = timedelta(minutes=15)
"""How often a message in line looks for itself whether its turn has come; usually the one before it says so."""

_LONGEST_STEP_S: Final = 300.0
_SPREAD: Final = 0.25
_LEAST_SPREAD_S: Final = 5.0


class Waiting:
    """One message that is not delivered now."""

    def __init__(self, note: Note, messages: MessageRepository, send: SendNote) -> None:
        self._note, self._messages, self._send = note, messages, send

    def for_room(self, now: datetime) -> None:
        """Wait until the endpoint has room: each time about twice as long, since how many wait is not known."""
        step_s = min(2.0**self._note.waits, _LONGEST_STEP_S) * random.uniform(0.5, 1.5)  # noqa: S311 (jitter)
        self._until(now + timedelta(seconds=step_s), self._note.once_more(), now)

    def for_pause(self, paused_until: datetime, now: datetime) -> None:
        """Wait until the endpoint's pause has ended, and not all at that moment."""
        spread_s = max((paused_until - now).total_seconds() * _SPREAD, _LEAST_SPREAD_S)
        end = paused_until + timedelta(seconds=random.uniform(0, spread_s))  # noqa: S311 (jitter)
        self._until(end, self._note.after(self._note.attempts), now)

    def for_turn(self, now: datetime) -> None:
        """Wait in line; no note goes out, because whoever stands before it sends one."""
        if message := self._messages.postpone(
            self._note.message_id, attempts=self._note.attempts, until=now + LOOK_AT_LINE
        ):
            self._give_up_if_old(message, now)

    def for_retry(self, delay: timedelta, now: datetime) -> None:
        """Wait for the next attempt."""
        self._until(now + delay, self._note, now)

    def give_up(self, message: MessageItem) -> None:
        """Settle a message that nobody took, and say so in the dead-letter queue."""
        # The dead-letter note comes first: if it fails, the whole attempt is seen as unfinished and found again.
        self._send("DEAD_DELIVERIES", self._note.after(int(message.attempts)).message)
        self.settle(message, MessageState.FAILED)

    def settle(self, message: MessageItem, state: MessageState) -> None:
        """Settle a message, and tell the next one in its line.

        A crash in between leaves the next one waiting until it looks for itself.
        """
        self._messages.settle(message, state)
        if message.place is None:
            return
        following = first_in_line(self._note.organization_id, message.place)
        if following is not None:
            note = Note(self._note.organization_id, following, message.endpoint_id, attempts=0)
            self._send("DELIVERIES", note.message)

    def _until(self, instant: datetime, note: Note, now: datetime) -> None:
        # The queue waits as long as it can; longer waits are found in the index when they are due.
        delay_s = (instant - now).total_seconds()
        fits_queue = delay_s <= MAX_DELAY_S
        message = self._messages.postpone(
            note.message_id, attempts=note.attempts, until=instant + LEASE if fits_queue else instant
        )
        if message is None or self._give_up_if_old(message, now):
            return
        if fits_queue:
            self._send("DELIVERIES", note.message, delay_s=round(delay_s))

    def _give_up_if_old(self, message: MessageItem, now: datetime) -> bool:
        is_old = now - (message.pending_since or message.created_at) >= LONGEST_WAIT
        if is_old:
            self.give_up(message)
        return is_old
