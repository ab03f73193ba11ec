"""An endpoint that fails is left alone more and more, takes up few senders, and costs no other endpoint a thing."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from nexstock.clock import from_rfc3339, utc_now
from nexstock.webhooks.health import MOST_AT_ONCE, MOST_WHILE_FAILING, PAUSED_AFTER, HealthRepository
from nexstock.webhooks.messages import LEASE
from nexstock.webhooks.notes import Note
from tests.support.api import call
from tests.support.attempts import a_message, attempt, delivery, health_of
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import Receiver, answering, receiver
from tests.support.webhooks import DELIVERIES, an_endpoint

_SECOND = timedelta(seconds=1)


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _fail_times(organization: StaffedOrganization, endpoint_id: str, count: int, *, at: datetime) -> None:
    for _ in range(count):
        attempt(a_message(organization, endpoint_id, at=at), at=at)


@contextmanager
def _paused(organization: StaffedOrganization, at: datetime, *then: int) -> Iterator[tuple[Receiver, str]]:
    with receiver(answering(*[500] * PAUSED_AFTER, *then)) as server:
        endpoint = an_endpoint(organization, server.url)
        _fail_times(organization, endpoint.id, PAUSED_AFTER, at=at)
        yield server, endpoint.id


def test_new_endpoint_is_healthy(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")

    assert health_of(organization, endpoint.id) == {
        "state": "healthy",
        "consecutiveFailures": 0,
        "failingSince": None,
        "lastFailureAt": None,
        "lastSuccessAt": None,
        "pausedUntil": None,
    }


def test_failures_show_and_one_success_ends_them(organization: StaffedOrganization) -> None:
    first, later = utc_now() - timedelta(minutes=2), utc_now() - timedelta(minutes=1)
    with receiver(answering(500, 404, 200)) as server:
        endpoint = an_endpoint(organization, server.url)
        attempt(a_message(organization, endpoint.id, at=first), at=first)
        attempt(a_message(organization, endpoint.id, at=later), at=later)
        failing = health_of(organization, endpoint.id)
        attempt(a_message(organization, endpoint.id, at=later), at=later)
        healthy = health_of(organization, endpoint.id)

    assert (failing["state"], failing["consecutiveFailures"]) == ("failing", 2)
    assert from_rfc3339(failing["failingSince"]) < from_rfc3339(failing["lastFailureAt"])
    assert (healthy["state"], healthy["consecutiveFailures"], healthy["failingSince"]) == ("healthy", 0, None)
    assert healthy["lastSuccessAt"] == failing["lastFailureAt"]


def test_after_some_failures_in_a_row_nothing_is_sent_and_no_attempt_used_up(organization: StaffedOrganization) -> None:
    now = utc_now()
    with _paused(organization, now) as (server, endpoint_id):
        note = a_message(organization, endpoint_id, at=now)
        queues = attempt(note, at=now + _SECOND)
        paused = health_of(organization, endpoint_id)
        sent = len(server.received)

    (queued,) = queues.queued
    assert sent == PAUSED_AFTER
    assert paused["state"] == "paused"
    assert timedelta(seconds=30) <= from_rfc3339(paused["pausedUntil"]) - now <= timedelta(seconds=34)
    assert (queued.queue, queued.note) == (DELIVERIES, note.message)
    assert queued.delay_s >= 28
    waiting = delivery(organization, note.message_id)
    assert (waiting["status"], waiting["attemptCount"], waiting["attempts"]) == ("pending", 0, [])


def test_after_the_pause_one_attempt_at_a_time_shows_whether_it_is_back(organization: StaffedOrganization) -> None:
    now = utc_now()
    with _paused(organization, now, 500, 200) as (server, endpoint_id):
        end = now + timedelta(seconds=40)
        health = HealthRepository(organization.id)
        assert health.admit(endpoint_id, "msg_probe", end).granted
        assert not health.admit(endpoint_id, "msg_other", end).granted
        health.release(endpoint_id, "msg_probe")
        attempt(a_message(organization, endpoint_id, at=end), at=end)
        longer = health_of(organization, endpoint_id)
        back = end + timedelta(seconds=70)
        attempt(a_message(organization, endpoint_id, at=back), at=back)
        assert len(server.received) == PAUSED_AFTER + 2

    assert from_rfc3339(longer["pausedUntil"]) - end >= timedelta(seconds=59)
    assert health_of(organization, endpoint_id)["state"] == "healthy"


def test_pauses_grow_to_a_quarter_of_an_hour_and_no_further(organization: StaffedOrganization) -> None:
    now = utc_now()
    with _paused(organization, now) as (_, endpoint_id):
        for _ in range(8):
            until = from_rfc3339(health_of(organization, endpoint_id)["pausedUntil"])
            pause, now = until - now, until
            attempt(a_message(organization, endpoint_id, at=now), at=now)

    assert timedelta(minutes=15) <= pause <= timedelta(minutes=16, seconds=30)


def test_many_that_fail_at_once_are_one_reason_to_pause(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)
    under_way = [f"msg_{number}" for number in range(MOST_AT_ONCE)]
    assert all(health.admit(endpoint.id, each, now).granted for each in under_way)

    for each in under_way:
        health.failed(endpoint.id, each, now, throttle=None, is_gone=False)

    shown = health_of(organization, endpoint.id)
    assert shown["consecutiveFailures"] == MOST_AT_ONCE
    assert from_rfc3339(shown["pausedUntil"]) - now <= timedelta(seconds=34)


def test_an_endpoint_takes_up_so_many_senders_and_fewer_while_it_fails(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)
    granted = [health.admit(endpoint.id, f"msg_{number}", now).granted for number in range(MOST_AT_ONCE + 5)]
    for number in range(MOST_AT_ONCE):
        health.release(endpoint.id, f"msg_{number}")
    health.admit(endpoint.id, "msg_0", now)
    health.failed(endpoint.id, "msg_0", now, throttle=None, is_gone=False)
    failing = [health.admit(endpoint.id, f"msg_{number}", now).granted for number in range(MOST_WHILE_FAILING + 5)]

    assert granted == [True] * MOST_AT_ONCE + [False] * 5
    assert failing == [True] * MOST_WHILE_FAILING + [False] * 5


def test_a_message_without_room_waits_longer_each_time(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)
    for number in range(MOST_AT_ONCE):
        health.admit(endpoint.id, f"msg_{number}", now)
    note, delays = a_message(organization, endpoint.id, at=now), []
    message = note.message
    for _ in range(10):
        (queued,) = attempt(Note.parse(message), at=now).queued
        delays.append(queued.delay_s)
        message = queued.note

    assert delays[0] <= 2
    assert all(150 <= delay <= 450 for delay in delays[-1:])
    assert delivery(organization, note.message_id)["attemptCount"] == 0


def test_places_of_senders_that_died_are_free_again_after_their_lease(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        health = HealthRepository(organization.id)
        for number in range(MOST_AT_ONCE):
            health.admit(endpoint.id, f"msg_{number}", now)
        note = a_message(organization, endpoint.id, at=now)
        attempt(note, at=now + LEASE - _SECOND)
        assert server.received == []
        attempt(note, at=now + LEASE + _SECOND)
        assert len(server.received) == 1


def test_two_notes_of_one_message_never_take_two_places(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)

    assert health.admit(endpoint.id, "msg_1", now).granted
    assert not health.admit(endpoint.id, "msg_1", now).granted
    assert not health.admit(endpoint.id, "msg_1", now, whatever=True).granted


def test_a_receiver_that_has_too_much_to_do_is_left_alone_for_as_long_as_it_asks(
    organization: StaffedOrganization,
) -> None:
    now = utc_now()
    with receiver(answering(429, headers="Retry-After: 600\r\n")) as server:
        endpoint = an_endpoint(organization, server.url)
        note = a_message(organization, endpoint.id, at=now)
        (queued,) = attempt(note, at=now).queued
        attempt(a_message(organization, endpoint.id, at=now), at=now + _SECOND)
        assert len(server.received) == 1

    assert queued.note == note.after(1).message
    assert queued.delay_s == 600
    shown = health_of(organization, endpoint.id)
    assert shown["state"] == "paused"
    assert from_rfc3339(shown["pausedUntil"]) - from_rfc3339(shown["lastFailureAt"]) == timedelta(seconds=600)


def test_of_several_answers_the_one_counts_that_asks_for_most_time(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health = HealthRepository(organization.id)
    for number, seconds in enumerate((30, 600, 60)):
        health.admit(endpoint.id, f"msg_{number}", now, whatever=True)
        health.failed(endpoint.id, f"msg_{number}", now, throttle=timedelta(seconds=seconds), is_gone=False)

    shown = health_of(organization, endpoint.id)

    assert from_rfc3339(shown["pausedUntil"]) - from_rfc3339(shown["lastFailureAt"]) == timedelta(seconds=600)


def test_two_endpoints_share_no_pause(organization: StaffedOrganization) -> None:
    now = utc_now()
    with _paused(organization, now), receiver() as good:
        other = an_endpoint(organization, good.url)
        attempt(a_message(organization, other.id, at=now), at=now)
        assert len(good.received) == 1


@pytest.mark.parametrize("patch", [{"url": "http://127.0.0.1:1/new"}, {"enabled": False}])
def test_an_endpoint_that_is_changed_begins_anew(organization: StaffedOrganization, patch: dict[str, object]) -> None:
    with _paused(organization, utc_now()) as (_, endpoint_id):
        place = f"/v1/webhook-endpoints/{endpoint_id}"
        changed = call("PATCH", place, token=organization.owner.token, body=patch)

    assert changed.json["health"]["state"] == "healthy"
    assert health_of(organization, endpoint_id) == changed.json["health"]


def test_what_stays_without_room_for_a_week_is_given_up_and_a_dead_letter(organization: StaffedOrganization) -> None:
    endpoint, now = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    health, later = HealthRepository(organization.id), now + timedelta(days=7)
    note = a_message(organization, endpoint.id, at=now)
    for number in range(MOST_AT_ONCE):
        health.admit(endpoint.id, f"msg_{number}", later)

    (queued,) = attempt(note, at=later).queued

    assert (queued.queue, queued.note) == ("DEAD_DELIVERIES", note.message)
    assert delivery(organization, note.message_id)["status"] == "failed"


def test_no_more_are_sent_in_a_second_than_the_endpoint_takes(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, maxPerSecond=3)
        notes = [a_message(organization, endpoint.id, at=now) for _ in range(8)]
        waiting = [queued for note in notes for queued in attempt(note, at=now).queued]
        assert len(server.received) == 3
        for second, received in ((1, 6), (2, 8)):
            again, waiting = waiting, []
            for queued in again:
                waiting += attempt(Note.parse(queued.note), at=now + second * _SECOND).queued
            assert len(server.received) == received

    assert len({request.headers["webhook-id"] for request in server.received}) == 8


def test_health_makes_no_change_of_the_endpoint(organization: StaffedOrganization) -> None:
    with _paused(organization, utc_now()) as (_, endpoint_id):
        shown = call("GET", f"/v1/webhook-endpoints/{endpoint_id}", token=organization.owner.token)

    assert (shown.json["version"], shown.json["enabled"]) == (1, True)
