"""A crash before or after any call to AWS of a consumer, and then its work comes again: nothing lost, nothing new."""

from datetime import datetime, timedelta
from functools import partial

import pytest

from functions.streams import fan_out_webhooks, write_audit
from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.ids import OrganizationId
from nexstock.queues import send
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.health import HealthRepository
from nexstock.webhooks.messages import DUE_SHARDS, LEASE, MessageRepository
from nexstock.webhooks.overdue import queue_overdue, queue_shard
from nexstock.webhooks.retries import SCHEDULE
from tests.support.chains import verified_chain
from tests.support.crashes import CrashPoint, crash_points
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import Received, answering, receiver
from tests.support.records import poison_like, records_of, resources_of, run
from tests.support.stream_failures import FailuresQueue
from tests.support.webhooks import (
    DEAD_DELIVERIES,
    DELIVERIES,
    Note,
    Queues,
    StoredMessage,
    a_note,
    a_product,
    act_on,
    fanned_out,
    message_of,
    messages_of,
    notes_on,
    records_about,
    stored_endpoints,
)

pytestmark = pytest.mark.usefixtures("platform")


def test_audit_writer_that_crashed_has_one_entry_a_change_in_the_end() -> None:
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        a_product(organization)
        records = records_of(organization.id)
        with point:
            run(write_audit.handler, records)
        crashes += point.happened
        verified_chain(organization.id)
        assert run(write_audit.handler, records) == [], point
        assert len(verified_chain(organization.id)) == len(resources_of(organization.id)), point
    # The retention, the head, and one transaction for all of it: before and after each.
    assert crashes >= 6


def test_consumer_that_crashed_has_set_the_poison_aside_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    crashes, organization = 0, an_organization()
    a_product(organization)
    good, another, *_ = resources_of(organization.id)
    poison = poison_like(good)
    for point in crash_points():
        failures = FailuresQueue(monkeypatch)
        with point:
            run(write_audit.handler, [good, poison, another])
        crashes += point.happened
        assert run(write_audit.handler, [good, poison, another]) == [], point
        # Once more where it crashed behind the queue; never less.
        assert set(map(str, failures.records())) == {str(poison)}, point
        assert len(verified_chain(organization.id)) == 2, point
    assert crashes >= 6


def test_fan_out_that_crashed_has_one_message_an_endpoint_and_a_note_for_each_in_the_end() -> None:
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        endpoints = stored_endpoints(organization, ("*",), ("product.*",))
        product = a_product(organization)
        records = records_about(organization, product["id"])
        with point:
            run(fan_out_webhooks.handler, records)
        crashes += point.happened
        left = {message.id for message in messages_of(organization.id)}
        assert run(fan_out_webhooks.handler, records) == [], point
        messages = messages_of(organization.id)
        ids = {message.id for message in messages}
        assert sorted(message.endpoint_id for message in messages) == sorted(endpoints), point
        assert left <= ids, point
        assert {note["messageId"] for note in notes_on(DELIVERIES, organization.id)} == ids, point
    assert crashes == 10


def _settled(note: Note, organization_id: OrganizationId, point: CrashPoint) -> tuple[StoredMessage, Queues]:
    """Give the note once more, and then let the safety net do its work until the message waits no longer."""
    assert act_on(note) == [], point
    now, queues = utc_now(), Queues()
    for _ in range(4):
        if message_of(note).state != "pending":
            break
        now += LEASE + timedelta(minutes=6)
        queue_overdue(send=queues.send, now=now)
        for queued in queues.of(organization_id):
            deliver(
                queued.note,
                open_sealed=open_sealed,
                send=queues.send,
                clock=partial(_same, now),
            )
    return message_of(note), queues


def _same(instant: datetime) -> datetime:
    return instant


def _assert_one_message(note: Note, received: list[Received], point: CrashPoint) -> None:
    assert received, point
    assert {request.headers["webhook-id"] for request in received} == {note["messageId"]}, point
    assert len({request.body for request in received}) == 1, point
    assert len(messages_of(OrganizationId(note["organizationId"]))) == 1, point


@pytest.mark.parametrize(
    "statuses",
    [
        pytest.param((200,), id="accepted", marks=pytest.mark.thorough),
        pytest.param((500, 200), id="refused-first"),
    ],
)
def test_sender_that_crashed_has_delivered_in_the_end(statuses: tuple[int, ...]) -> None:
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        with receiver(answering(*statuses)) as server:
            _, note = a_note(organization, server.url)
            with point:
                act_on(note)
            crashes += point.happened
            message, _ = _settled(note, organization.id, point)
            assert message.state == "delivered", point
            _assert_one_message(note, server.received, point)
            assert 1 <= len(message.attempts) <= len(server.received), point
        later, health = utc_now() + timedelta(days=1), HealthRepository(organization.id)
        assert health.admit(message.endpoint_id, "msg_next", later).granted, point
    # Claim, endpoint, key, attempt and outcome at least, before and after each.
    assert crashes >= 10


def _last_attempt_of(organization: StaffedOrganization, url: str) -> Note:
    _, note = a_note(organization, url)
    messages = MessageRepository(organization.id)
    for attempts in range(len(SCHEDULE)):
        assert messages.claim(note["messageId"], attempts=attempts, now=utc_now()) is not None
    return {**note, "attempts": str(len(SCHEDULE))}


def test_last_attempt_that_crashed_is_a_dead_letter_in_the_end() -> None:
    crashes = 0
    for point in crash_points():
        organization = an_organization()
        with receiver(answering(500)) as server:
            note = _last_attempt_of(organization, server.url)
            with point:
                act_on(note)
            crashes += point.happened
            message, queues = _settled(note, organization.id, point)
            assert (message.state, message.due_at) == ("failed", None), point
            _assert_one_message(note, server.received, point)
        dead = notes_on(DEAD_DELIVERIES, organization.id)
        dead += [queued.note for queued in queues.of(organization.id) if queued.queue == DEAD_DELIVERIES]
        assert {each["messageId"] for each in dead} == {note["messageId"]}, point
    assert crashes >= 12


def test_sweep_that_crashed_has_queued_everything_in_the_end() -> None:
    crashes = 0
    # Before all other tests' messages, so that only those of this test are due.
    for day, point in enumerate(crash_points(), start=1):
        now = utc_now() - timedelta(days=day)
        organizations = [an_organization() for _ in range(2)]
        notes = [_lost_note(organization, now) for organization in organizations]
        with point:
            # One part after the other, so that a crash ends all of them.
            for shard in range(DUE_SHARDS):
                queue_shard(shard, send=send, now=now + LEASE)
        crashes += point.happened
        queues = Queues()
        queue_overdue(send=queues.send, now=now + 3 * LEASE)
        for organization, note in zip(organizations, notes, strict=True):
            queued = notes_on(DELIVERIES, organization.id) + [each.note for each in queues.of(organization.id)]
            assert note in queued, point
    # A query for each shard of the index, and two calls for each message.
    assert crashes >= 2 * (DUE_SHARDS + 2 * 2)


def _lost_note(organization: StaffedOrganization, now: datetime) -> Note:
    stored_endpoints(organization, ("product.*",))
    (note,) = fanned_out(records_about(organization, a_product(organization)["id"]), now=now)
    return note
