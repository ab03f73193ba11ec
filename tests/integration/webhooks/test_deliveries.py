"""What was sent can be listed, looked at and sent again, and an endpoint tested, by its own organization alone."""

import json
from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from nexstock.clock import to_rfc3339, utc_now
from nexstock.webhooks.messages import LEASE, MessageRepository, MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.resending import MOST_ATTEMPTS
from tests.support.api import Reply, call
from tests.support.attempts import a_message, attempt, delivery
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import answering, receiver
from tests.support.webhooks import DELIVERIES, an_endpoint, message_of, notes_on, settled

_PATH = "/v1/webhook-deliveries"


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _list(organization: StaffedOrganization, **query: str) -> Reply:
    reply = call("GET", _PATH, token=organization.owner.token, query=query)
    assert reply.status == 200, reply.text
    return reply


def _ids(organization: StaffedOrganization, **query: str) -> list[str]:
    found, cursor = [], None
    while True:
        page = _list(organization, limit="2", **query, **({"cursor": cursor} if cursor else {})).json
        found += [item["id"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            return found


def _post(organization: StaffedOrganization, path: str, body: Any = None, **headers: str) -> Reply:  # noqa: ANN401
    return call("POST", path, token=organization.owner.token, body=body, headers=headers)


def _by_hand(organization: StaffedOrganization) -> list[Note]:
    return [Note.parse(note) for note in notes_on(DELIVERIES, organization.id) if "byHand" in note]


def test_deliveries_are_listed_by_endpoint_status_and_time_newest_first(organization: StaffedOrganization) -> None:
    first, second = (an_endpoint(organization, f"http://127.0.0.1:1/{each}") for each in "ab")
    now = utc_now()
    made = [
        a_message(organization, endpoint.id, at=now - timedelta(hours=hours))
        for hours, endpoint in ((4, first), (3, second), (2, first), (1, first), (0, second))
    ]
    for note, state in ((made[0], "failed"), (made[2], "failed"), (made[3], "delivered"), (made[4], "failed")):
        settled(note.message, MessageState(state))
    ids = [note.message_id for note in reversed(made)]

    assert _ids(organization) == ids
    assert _ids(organization, endpointId=first.id) == [ids[1], ids[2], ids[4]]
    assert _ids(organization, endpointId=first.id, status="failed") == [ids[2], ids[4]]
    assert _ids(organization, endpointId=first.id, status="delivered") == [ids[1]]
    assert _ids(organization, status="failed") == [ids[0], ids[2], ids[4]]
    assert _ids(organization, status="pending") == [ids[3]]
    since = to_rfc3339(now - timedelta(hours=2, minutes=30))
    assert _ids(organization, since=since) == ids[:3]
    assert _ids(organization, endpointId=first.id, status="failed", since=since) == [ids[2]]
    assert _ids(an_organization(), endpointId=first.id) == []


def test_a_list_shows_where_each_delivery_is(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    note = a_message(organization, endpoint.id)

    (item,) = _list(organization).json["items"]

    assert item == {
        "id": note.message_id,
        "endpointId": endpoint.id,
        "type": "product.updated",
        "status": "pending",
        "attemptCount": 0,
        "nextAttemptAt": item["nextAttemptAt"],
        "version": 1,
        "createdAt": item["createdAt"],
    }


def test_a_cursor_is_good_for_its_own_filter_only(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    for _ in range(2):
        a_message(organization, endpoint.id)
    cursor = _list(organization, limit="1").json["next"]

    query = {"limit": "1", "cursor": cursor, "endpointId": endpoint.id}
    reply = call("GET", _PATH, token=organization.owner.token, query=query)

    assert (reply.status, reply.json["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "query", [{"status": "lost"}, {"since": "yesterday"}, {"endpointId": "x" * 65}, {"limit": "0"}]
)
def test_impossible_filter_is_refused(organization: StaffedOrganization, query: dict[str, str]) -> None:
    assert call("GET", _PATH, token=organization.owner.token, query=query).status == 422


def test_a_delivery_shows_its_text_and_every_attempt(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver(answering(503, 200, body=b"busy" * 1000)) as server:
        endpoint = an_endpoint(organization, server.url)
        note = a_message(organization, endpoint.id, at=now)
        attempt(note, at=now)
        attempt(note.after(1), at=now + timedelta(seconds=6))

    shown = delivery(organization, note.message_id)

    assert (shown["status"], shown["attemptCount"], shown["nextAttemptAt"]) == ("delivered", 2, None)
    assert shown["body"] == message_of(note.message).body
    assert [(each["number"], each["status"], each["failure"]) for each in shown["attempts"]] == [
        (1, 503, None),
        (2, 200, None),
    ]
    assert shown["attempts"][0]["answer"] == ("busy" * 1000)[:1024]
    assert all(each["durationMs"] >= 0 for each in shown["attempts"])


def test_an_attempt_without_an_answer_says_why(organization: StaffedOrganization) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    note = a_message(organization, endpoint.id)
    attempt(note)

    (shown,) = delivery(organization, note.message_id)["attempts"]

    assert (shown["status"], shown["answer"]) == (None, None)
    assert shown["failure"]


@pytest.mark.parametrize("state", [MessageState.DELIVERED, MessageState.FAILED, MessageState.DROPPED])
def test_a_settled_message_is_sent_again_with_the_same_id_and_text(
    organization: StaffedOrganization, state: MessageState
) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        note = a_message(organization, endpoint.id)
        settled(note.message, state)
        reply = _post(organization, f"{_PATH}/{note.message_id}/redeliver")
        (by_hand,) = _by_hand(organization)
        attempt(by_hand)
        (request,) = server.received

    assert (reply.status, reply.json["status"]) == (202, state)
    assert request.headers["webhook-id"] == note.message_id
    assert request.body.decode() == message_of(note.message).body
    assert delivery(organization, note.message_id)["status"] == "delivered"
    assert _list(organization, status="failed", endpointId=endpoint.id).json["items"] == []


def test_a_message_that_is_sent_again_and_fails_has_the_whole_schedule_once_more(
    organization: StaffedOrganization,
) -> None:
    with receiver(answering(500)) as server:
        note = a_message(organization, an_endpoint(organization, server.url).id)
        settled(note.message, MessageState.FAILED)
        _post(organization, f"{_PATH}/{note.message_id}/redeliver")
        (by_hand,) = _by_hand(organization)
        (queued,) = attempt(by_hand).queued

    assert (queued.queue, queued.note) == (DELIVERIES, note.after(1).message)
    assert 5 <= queued.delay_s <= 6


def test_a_waiting_message_is_sent_now_even_if_its_endpoint_is_paused(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver(answering(500, 500, 500, 500, 500, 200)) as server:
        endpoint = an_endpoint(organization, server.url)
        notes = [a_message(organization, endpoint.id, at=now) for _ in range(5)]
        for note in notes:
            attempt(note, at=now)
        reply = _post(organization, f"{_PATH}/{notes[0].message_id}/redeliver")
        (by_hand,) = _by_hand(organization)
        attempt(by_hand, at=now)
        attempt(by_hand, at=now)
        assert len(server.received) == 6

    assert reply.status == 202
    assert delivery(organization, notes[0].message_id)["status"] == "delivered"


def test_a_message_whose_attempt_is_being_made_is_left_to_it(organization: StaffedOrganization) -> None:
    note = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id)
    messages, now = MessageRepository(organization.id), utc_now()
    assert messages.claim(note.message_id, attempts=0, now=now) is not None

    during = _post(organization, f"{_PATH}/{note.message_id}/redeliver")
    notes = _by_hand(organization)

    assert (during.status, notes) == (202, [])
    assert delivery(organization, note.message_id)["attemptCount"] == 1


def test_an_attempt_that_died_does_not_keep_its_message_from_being_sent(organization: StaffedOrganization) -> None:
    note, now = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id), utc_now()
    assert MessageRepository(organization.id).claim(note.message_id, attempts=0, now=now - 2 * LEASE) is not None

    assert _post(organization, f"{_PATH}/{note.message_id}/redeliver").status == 202
    assert [each.attempts for each in _by_hand(organization)] == [1]


@pytest.mark.parametrize("what", ["disabled", "deleted"])
def test_nothing_is_sent_to_an_endpoint_that_is_disabled_or_deleted(
    organization: StaffedOrganization, what: str
) -> None:
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    note, place = a_message(organization, endpoint.id), f"/v1/webhook-endpoints/{endpoint.id}"
    if what == "deleted":
        assert call("DELETE", place, token=organization.owner.token).status == 204
    else:
        assert call("PATCH", place, token=organization.owner.token, body={"enabled": False}).status == 200
    since = {"since": "2026-01-01T00:00:00Z"}
    missing = 409 if what == "disabled" else 404

    reply = _post(organization, f"{_PATH}/{note.message_id}/redeliver")

    assert (reply.status, reply.json["code"]) == (409, "endpoint_disabled")
    assert _post(organization, f"{place}/ping").status == missing
    assert _post(organization, f"{place}/replay", since).status == missing
    assert _by_hand(organization) == []


def test_a_message_is_not_sent_without_end(organization: StaffedOrganization) -> None:
    note = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id)
    messages = MessageRepository(organization.id)
    for attempts in range(MOST_ATTEMPTS - 7):
        messages.claim(note.message_id, attempts=attempts, now=utc_now())
    settled(note.message, MessageState.FAILED)

    reply = _post(organization, f"{_PATH}/{note.message_id}/redeliver")

    assert (reply.status, reply.json["code"]) == (409, "too_many_attempts")


def test_repeated_request_to_send_again_is_one(organization: StaffedOrganization) -> None:
    note = a_message(organization, an_endpoint(organization, "http://127.0.0.1:1/").id)
    settled(note.message, MessageState.FAILED)
    replies = [
        _post(organization, f"{_PATH}/{note.message_id}/redeliver", **{"Idempotency-Key": "once"}) for _ in range(2)
    ]

    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].json == replies[1].json
    assert len(_by_hand(organization)) == 1


def test_ping_goes_to_its_endpoint_whatever_that_asked_for_and_has_one_attempt(
    organization: StaffedOrganization,
) -> None:
    with receiver(answering(500)) as server:
        endpoint = an_endpoint(organization, server.url, "order.confirmed")
        an_endpoint(organization, server.url, "*")
        reply = _post(organization, f"/v1/webhook-endpoints/{endpoint.id}/ping")
        (by_hand,) = _by_hand(organization)
        queues = attempt(by_hand)
        (request,) = server.received

    body = json.loads(request.body)
    assert (reply.status, reply.headers["Location"]) == (202, f"{_PATH}/{by_hand.message_id}")
    assert (body["type"], body["data"]) == ("webhook.ping", {"endpointId": endpoint.id})
    assert (body["id"], body["organizationId"]) == (by_hand.message_id, organization.id)
    assert queues.queued == []
    assert delivery(organization, by_hand.message_id)["status"] == "failed"


def test_every_example_is_valid_by_its_schema_and_a_ping_too(organization: StaffedOrganization) -> None:
    listed = call("GET", "/v1/events/types", token=organization.owner.token).json["items"]
    schemas = {item["type"]: item["schema"] for item in listed}

    for item in listed:
        Draft202012Validator(item["schema"]).validate(item["example"])
        assert item["example"]["type"] == item["type"]
    endpoint = an_endpoint(organization, "http://127.0.0.1:1/")
    ping = _post(organization, f"/v1/webhook-endpoints/{endpoint.id}/ping").json
    Draft202012Validator(schemas["webhook.ping"]).validate(json.loads(delivery(organization, ping["id"])["body"]))
