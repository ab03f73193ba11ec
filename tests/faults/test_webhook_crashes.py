"""A sender that crashes amid ordered, paused and repeated deliveries: nothing lost, nothing out of order."""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest

from nexstock.clock import utc_now
from nexstock.queues import send
from nexstock.webhooks.health import PAUSED_AFTER, HealthRepository
from nexstock.webhooks.messages import DUE_SHARDS, LEASE, MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.overdue import queue_shard
from nexstock.webhooks.places import Place
from nexstock.webhooks.replay import begin_replay, continue_replay
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.waiting import LOOK_AT_LINE
from tests.support.api import call
from tests.support.attempts import a_message, attempt, delivery
from tests.support.crashes import CrashPoint, crash_points
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import Received, answering, receiver
from tests.support.webhooks import (
    DELIVERIES,
    Endpoint,
    Queues,
    act_on,
    an_endpoint,
    messages_of,
    notes_on,
    settled,
)

pytestmark = pytest.mark.usefixtures("platform")


def _settle_all(organization: StaffedOrganization, notes: list[Note], point: CrashPoint) -> None:
    """Give the notes once more, and then what the safety net finds, until nothing waits."""
    now, waiting = utc_now(), list(notes)
    for _ in range(8):
        queues = Queues()
        for note in waiting:
            attempt(note, queues, at=now)
        pending = [message for message in messages_of(organization.id) if message.state == "pending"]
        if not pending:
            return
        now += LOOK_AT_LINE + LEASE
        waiting = [Note(organization.id, each.id, each.endpoint_id, each.attempts_counted) for each in pending]
    pytest.fail(f"messages still wait after {point}")


def _in_order_of_first_arrival(received: list[Received]) -> list[str]:
    return list(dict.fromkeys(request.headers["webhook-id"] for request in received))


def test_ordered_messages_arrive_in_order_whatever_crashes() -> None:
    crashes, organization = 0, an_organization()
    for point in crash_points():
        with receiver() as server:
            endpoint = an_endpoint(organization, server.url, "webhook_endpoint.deleted", ordered=True)
            notes = [a_message(organization, endpoint.id, place=Place(endpoint.id, "P#1", each)) for each in (1, 2)]
            with point:
                act_on(notes[0].message)
            crashes += point.happened
            _settle_all(organization, list(reversed(notes)), point)
            assert _in_order_of_first_arrival(server.received) == [note.message_id for note in notes], point
    assert {message.state for message in messages_of(organization.id)} == {"delivered"}
    assert crashes >= 16


def test_a_crash_at_a_pause_uses_up_no_attempt_and_the_message_arrives() -> None:
    crashes, organization = 0, an_organization()
    for point in crash_points():
        now = utc_now()
        with receiver() as server:
            endpoint = _paused_endpoint(organization, server.url, now)
            note = a_message(organization, endpoint.id, at=now)
            with point:
                act_on(note.message)
            crashes += point.happened
            assert server.received == [], point
            assert delivery(organization, note.message_id)["attemptCount"] == 0, point
            _settle_all(organization, [note], point)
            assert len(server.received) == 1, point
    assert crashes >= 6


def test_a_replay_that_crashed_has_sent_each_message_once_in_the_end() -> None:
    crashes, organization = 0, an_organization()
    for point in crash_points():
        # Before all other tests' messages, so that only those of this test are due.
        now = utc_now() - timedelta(days=20)
        endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
        failed = a_message(organization, endpoint.id, at=now - timedelta(minutes=1))
        settled(failed.message, MessageState.FAILED)
        replay = _replay(organization, endpoint.id, now)
        with point:
            continue_replay(replay, send=send, clock=partial(_same, now))
        crashes += point.happened
        continue_replay(replay, send=send, clock=partial(_same, now))
        # Whatever was reopened and not queued is found overdue.
        for shard in range(DUE_SHARDS):
            queue_shard(shard, send=send, now=now + LEASE)
        queued = [note["messageId"] for note in notes_on(DELIVERIES, organization.id)]
        assert failed.message_id in queued, point
        assert delivery(organization, failed.message_id)["status"] == "pending", point
    assert crashes >= 8


def _paused_endpoint(organization: StaffedOrganization, url: str, now: datetime) -> Endpoint:
    endpoint, health = an_endpoint(organization, url), HealthRepository(organization.id)
    for number in range(PAUSED_AFTER):
        health.admit(endpoint.id, f"msg_{number}", now)
        health.failed(endpoint.id, f"msg_{number}", now, throttle=None, is_gone=False)
    return endpoint


def _replay(organization: StaffedOrganization, endpoint_id: str, now: datetime) -> Mapping[str, str]:
    queues, stored = Queues(), WebhookEndpointRepository(organization.tenant()).get(endpoint_id)
    since = now - timedelta(hours=1)
    begin_replay(stored, since, organization_id=organization.id, send=queues.send, clock=partial(_same, now))
    (queued,) = queues.queued
    return queued.note


def _same(instant: datetime) -> datetime:
    return instant


def test_sending_again_while_an_attempt_is_made_leads_to_one_attempt() -> None:
    organization = an_organization()
    path = "/v1/webhook-deliveries/{}/redeliver"
    with receiver() as server:
        note = a_message(organization, an_endpoint(organization, server.url).id)
        together = threading.Barrier(4)

        def deliver_it() -> None:
            together.wait(10)
            attempt(note)

        def send_it_again() -> None:
            together.wait(10)
            reply = call("POST", path.format(note.message_id), token=organization.owner.token)
            assert reply.status in {202, 503}

        with ThreadPoolExecutor(4) as threads:
            made = [threads.submit(each) for each in (deliver_it, deliver_it, deliver_it, send_it_again)]
            for each in made:
                each.result()
        # A note that names an attempt which was made meanwhile does nothing; one that came after it sends once more.
        notes = [Note.parse(each) for each in notes_on(DELIVERIES, organization.id)]
        for late in [note for note in notes if note.attempts == 0]:
            attempt(late)
        assert len(server.received) == 1


@pytest.mark.parametrize("change", [{"enabled": False}, None], ids=["disabled", "deleted"])
def test_an_endpoint_that_ends_in_between_gets_nothing_more(change: dict[str, object] | None) -> None:
    organization, now = an_organization(), utc_now()
    with receiver(answering(500)) as server:
        endpoint = an_endpoint(organization, server.url)
        note = a_message(organization, endpoint.id, at=now)
        (retry,) = attempt(note, at=now).queued
        place = f"/v1/webhook-endpoints/{endpoint.id}"
        token = organization.owner.token
        call("PATCH", place, token=token, body=change) if change else call("DELETE", place, token=token)
        assert attempt(Note.parse(retry.note), at=now + timedelta(seconds=6)).queued == []
        assert len(server.received) == 1
    assert delivery(organization, note.message_id)["status"] == "dropped"


def test_of_many_senders_at_a_paused_endpoint_one_tries() -> None:
    organization, now = an_organization(), utc_now()
    with receiver() as server:
        endpoint = _paused_endpoint(organization, server.url, now)
        health = HealthRepository(organization.id)
        later, together = now + timedelta(minutes=1), threading.Barrier(6)

        def admitted(number: int) -> bool:
            together.wait(10)
            return health.admit(endpoint.id, f"msg_later_{number}", later).granted

        with ThreadPoolExecutor(6) as threads:
            granted = list(threads.map(admitted, range(6)))
        assert server.received == []
    assert sum(granted) == 1
