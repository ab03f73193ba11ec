"""What failed at an endpoint is sent once more, all of it, in pieces, and however often that is asked for, once."""

from datetime import datetime, timedelta

import pytest

from functions.queues import replay_webhooks
from nexstock.clock import to_rfc3339, utc_now
from nexstock.webhooks.messages import MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.replay import continue_replay
from tests.support.api import call
from tests.support.attempts import a_message, attempt, delivery
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import receiver
from tests.support.webhooks import (
    DELIVERIES,
    Endpoint,
    Queues,
    an_endpoint,
    messages_of,
    notes_on,
    queue_event,
    settled,
)

_REPLAYS = "REPLAYS"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _failed(organization: StaffedOrganization, endpoint: Endpoint, at: datetime) -> Note:
    note = a_message(organization, endpoint.id, at=at)
    settled(note.message, MessageState.FAILED)
    return note


def _replay(organization: StaffedOrganization, endpoint: Endpoint, since: datetime, key: str = "") -> dict[str, str]:
    headers = {"Idempotency-Key": key} if key else {}
    body, path = {"since": to_rfc3339(since)}, f"/v1/webhook-endpoints/{endpoint.id}/replay"
    reply = call("POST", path, token=organization.owner.token, body=body, headers=headers)
    assert reply.status == 202, reply.text
    return notes_on(_REPLAYS, organization.id)[-1]


def _continued(note: dict[str, str]) -> tuple[list[Note], int]:
    """Work a replay through to its end; return the notes of deliveries, and how many pieces it took."""
    queues, waiting, pieces = Queues(), [note], 0
    while waiting:
        pieces += 1
        continue_replay(waiting.pop(), send=queues.send)
        waiting = [each.note for each in queues.queued if each.queue == _REPLAYS]
        queues.queued = [each for each in queues.queued if each.queue == DELIVERIES]
    return [Note.parse(each.note) for each in queues.queued], pieces


def test_replay_sends_what_failed_since_a_time_at_that_endpoint_and_nothing_else(
    organization: StaffedOrganization,
) -> None:
    now = utc_now()
    with receiver() as server:
        endpoint, other = (an_endpoint(organization, server.url) for _ in range(2))
        early, first, second = (_failed(organization, endpoint, now - timedelta(hours=hours)) for hours in (5, 3, 1))
        elsewhere = _failed(organization, other, now - timedelta(hours=1))
        delivered = a_message(organization, endpoint.id, at=now - timedelta(hours=1))
        settled(delivered.message, MessageState.DELIVERED)
        notes, _ = _continued(_replay(organization, endpoint, now - timedelta(hours=4)))
        for note in notes:
            attempt(note)
        sent = [request.headers["webhook-id"] for request in server.received]

    assert sent == [first.message_id, second.message_id]
    assert [delivery(organization, each.message_id)["status"] for each in (early, first, elsewhere)] == [
        "failed",
        "delivered",
        "failed",
    ]


def test_replay_asked_for_twice_sends_once(organization: StaffedOrganization) -> None:
    now = utc_now()
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    _failed(organization, endpoint, now - timedelta(hours=1))

    first, _ = _continued(_replay(organization, endpoint, now - timedelta(hours=2)))
    again, _ = _continued(_replay(organization, endpoint, now - timedelta(hours=2)))

    assert (len(first), again) == (1, [])


def test_what_fails_after_a_replay_was_asked_for_is_no_part_of_it(organization: StaffedOrganization) -> None:
    now = utc_now()
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    note = _replay(organization, endpoint, now - timedelta(hours=2))
    _failed(organization, endpoint, now + timedelta(seconds=5))

    assert _continued(note) == ([], 1)


def test_a_long_replay_goes_on_piece_by_piece(organization: StaffedOrganization) -> None:
    now = utc_now()
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    for second in range(120):
        _failed(organization, endpoint, now - timedelta(seconds=200 - second))

    notes, pieces = _continued(_replay(organization, endpoint, now - timedelta(hours=1)))

    assert len({note.message_id for note in notes}) == len(notes) == 120
    assert pieces == 2
    assert {message.state for message in messages_of(organization.id)} == {"pending"}


def test_replay_ends_where_its_endpoint_does(organization: StaffedOrganization) -> None:
    now = utc_now()
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    failed = _failed(organization, endpoint, now - timedelta(hours=1))
    note = _replay(organization, endpoint, now - timedelta(hours=2))
    place = f"/v1/webhook-endpoints/{endpoint.id}"
    call("PATCH", place, token=organization.owner.token, body={"enabled": False})

    assert replay_webhooks.handler(queue_event(note), None) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert delivery(organization, failed.message_id)["status"] == "failed"


def test_repeated_request_queues_one_replay(organization: StaffedOrganization) -> None:
    endpoint, since = an_endpoint(organization, "http://127.0.0.1:1/"), utc_now()
    first = _replay(organization, endpoint, since, key="once")
    replies = notes_on(_REPLAYS, organization.id)

    assert first in replies
    assert (
        call(
            "POST",
            f"/v1/webhook-endpoints/{endpoint.id}/replay",
            token=organization.owner.token,
            body={"since": to_rfc3339(since)},
            headers={"Idempotency-Key": "once"},
        ).headers["Idempotency-Replayed"]
        == "true"
    )


@pytest.mark.parametrize("body", [{}, {"since": None}, {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}])
def test_a_replay_needs_a_time(organization: StaffedOrganization, body: dict[str, object]) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    path = f"/v1/webhook-endpoints/{endpoint.id}/replay"

    assert call("POST", path, token=organization.owner.token, body=body).status == 422
