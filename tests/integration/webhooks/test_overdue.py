"""The safety net below the queue: whatever waits and has no note any more is found and queued again."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.messages import LEASE, MessageRepository, MessageState
from nexstock.webhooks.overdue import queue_overdue
from tests.support.people import an_organization
from tests.support.receivers import answering, receiver
from tests.support.webhooks import DELIVERIES, Queued, Queues, a_note, message_of, settled

pytestmark = pytest.mark.usefixtures("platform")

_MINUTE = timedelta(minutes=1)


def test_a_message_whose_note_was_lost_is_queued_once_it_is_overdue() -> None:
    ours, theirs, now = an_organization(), an_organization(), utc_now()
    _, note = a_note(ours, "http://127.0.0.1:1/", now=now)
    _, other = a_note(theirs, "http://127.0.0.1:1/", now=now)
    early, late = Queues(), Queues()
    queue_overdue(send=early.send, now=now + LEASE - _MINUTE - timedelta(seconds=1))
    assert (early.of(ours.id), early.of(theirs.id)) == ([], [])
    queue_overdue(send=late.send, now=now + LEASE + timedelta(seconds=1))
    assert late.of(ours.id) == [Queued(DELIVERIES, note, 0)]
    assert late.of(theirs.id) == [Queued(DELIVERIES, other, 0)]


def test_what_is_due_before_the_next_run_is_queued_with_the_rest_of_its_wait() -> None:
    organization, now = an_organization(), utc_now()
    a_note(organization, "http://127.0.0.1:1/", now=now)
    queues = Queues()
    queue_overdue(send=queues.send, now=now + LEASE - timedelta(seconds=45))
    assert [queued.delay_s for queued in queues.of(organization.id)] == [45]


def test_a_message_is_not_queued_again_while_its_note_is_young() -> None:
    organization, now = an_organization(), utc_now()
    a_note(organization, "http://127.0.0.1:1/", now=now)
    queues = Queues()
    for late in range(3):
        queue_overdue(send=queues.send, now=now + LEASE + timedelta(seconds=10 * late))
    assert len(queues.of(organization.id)) == 1
    queue_overdue(send=queues.send, now=now + 2 * LEASE + timedelta(seconds=30))
    assert len(queues.of(organization.id)) == 2


def test_runs_at_the_same_moment_lead_to_one_attempt() -> None:
    organization, now = an_organization(), utc_now()
    with receiver() as server:
        a_note(organization, server.url, now=now)
        queues, together = Queues(), threading.Barrier(4)

        def sweep() -> None:
            together.wait(10)
            queue_overdue(send=queues.send, now=now + LEASE)

        with ThreadPoolExecutor(4) as threads:
            for made in [threads.submit(sweep) for _ in range(4)]:
                made.result()
        assert queues.of(organization.id)
        for queued in queues.of(organization.id):
            deliver(queued.note, open_sealed=open_sealed, send=Queues().send)
        assert len(server.received) == 1


@pytest.mark.parametrize("state", [MessageState.DELIVERED, MessageState.FAILED, MessageState.DROPPED])
def test_settled_messages_are_never_found(state: MessageState) -> None:
    organization, now = an_organization(), utc_now()
    _, note = a_note(organization, "http://127.0.0.1:1/", now=now)
    settled(note, state)
    queues = Queues()
    queue_overdue(send=queues.send, now=now + timedelta(days=1))
    assert queues.of(organization.id) == []
    assert message_of(note).due_at is None


def test_an_attempt_that_crashed_is_found_and_counted_as_failed() -> None:
    organization, now = an_organization(), utc_now()
    with receiver() as server:
        _, note = a_note(organization, server.url, now=now)
        assert MessageRepository(organization.id).claim(note["messageId"], attempts=0, now=now) is not None
        queues = Queues()
        queue_overdue(send=queues.send, now=now + LEASE)
        (queued,) = queues.of(organization.id)
        assert queued.note == {**note, "attempts": "1"}
        deliver(queued.note, open_sealed=open_sealed, send=queues.send)
        assert len(server.received) == 1
    assert message_of(note).state == "delivered"


def test_a_long_wait_ends_with_an_attempt_at_its_time() -> None:
    organization, now = an_organization(), utc_now()
    with receiver(answering(500, 500, 500, 200)) as server:
        _, note = a_note(organization, server.url, now=now)
        for attempts in range(3):
            deliver(
                {**note, "attempts": str(attempts)},
                open_sealed=open_sealed,
                send=Queues().send,
                clock=lambda: now,
            )
        due_at = message_of(note).due_at
        assert due_at is not None
        assert due_at > now + timedelta(minutes=29)
        early, late = Queues(), Queues()
        queue_overdue(send=early.send, now=due_at - 2 * _MINUTE)
        assert early.of(organization.id) == []
        queue_overdue(send=late.send, now=due_at - timedelta(seconds=30))
        (queued,) = late.of(organization.id)
        assert queued.delay_s == 30
        deliver(queued.note, open_sealed=open_sealed, send=late.send)
        assert len(server.received) == 4
    assert message_of(note).state == "delivered"
