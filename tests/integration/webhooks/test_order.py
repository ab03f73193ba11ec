"""Messages of an ordered endpoint: about one resource one after the other, about different ones side by side."""

from datetime import timedelta
from itertools import permutations

import pytest

from nexstock.clock import utc_now
from nexstock.webhooks.messages import MessageRepository, MessageState
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import Place
from nexstock.webhooks.waiting import LOOK_AT_LINE
from tests.support.api import call
from tests.support.attempts import a_message, attempt, delivery
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import answering, receiver
from tests.support.webhooks import (
    DELIVERIES,
    Endpoint,
    Queues,
    a_product,
    an_endpoint,
    fanned_out,
    messages_of,
    records_about,
)


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _three(organization: StaffedOrganization, endpoint: Endpoint) -> list[Note]:
    """Change a product twice and return the notes of its three messages, in order."""
    product = a_product(organization)
    for name in ("Big anvil", "Bigger anvil"):
        place = f"/v1/products/{product['id']}"
        assert call("PATCH", place, token=organization.owner.token, body={"name": name}).status == 200
    notes = [Note.parse(each) for each in fanned_out(records_about(organization, product["id"]))]
    return [note for note in notes if note.endpoint_id == endpoint.id]


def _drained(queues: Queues) -> list[Note]:
    taken, queues.queued = queues.queued, []
    return [Note.parse(each.note) for each in taken if each.queue == DELIVERIES]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_the_order_of_the_notes_messages_arrive_in_that_of_the_changes(
    organization: StaffedOrganization, order: tuple[int, ...]
) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        notes, queues = _three(organization, endpoint), Queues()
        for place in order:
            attempt(notes[place], queues)
        while waiting := _drained(queues):
            for note in waiting:
                attempt(note, queues)
        assert [request.headers["webhook-id"] for request in server.received] == [note.message_id for note in notes]


def test_later_messages_wait_without_an_attempt_while_an_earlier_one_fails(organization: StaffedOrganization) -> None:
    with receiver(answering(500, 200)) as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        (first, second, _), now = _three(organization, endpoint), utc_now()
        retry = _drained(attempt(first, at=now))
        assert _drained(attempt(second, at=now)) == []
        waiting = delivery(organization, second.message_id)
        assert (waiting["status"], waiting["attemptCount"]) == ("pending", 0)
        assert _drained(attempt(retry[0], at=now + timedelta(seconds=6))) == [second]
        assert [request.headers["webhook-id"] for request in server.received] == [first.message_id] * 2


def test_one_that_is_given_up_lets_the_next_one_go(organization: StaffedOrganization) -> None:
    with receiver(answering(500)) as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        first, second, _ = _three(organization, endpoint)
        messages = MessageRepository(organization.id)
        for attempts in range(7):
            assert messages.claim(first.message_id, attempts=attempts, now=utc_now())
        assert _drained(attempt(first.after(7))) == [second]

    assert delivery(organization, first.message_id)["status"] == "failed"


def test_other_resources_and_other_endpoints_wait_for_nobody(organization: StaffedOrganization) -> None:
    with receiver() as server:
        ordered, other = (an_endpoint(organization, server.url, ordered=each) for each in (True, False))
        a_message(organization, ordered.id, place=Place(ordered.id, "PRODUCT#prd_1", 1))
        for endpoint, place in ((ordered, Place(ordered.id, "PRODUCT#prd_10", 2)), (other, None)):
            attempt(a_message(organization, endpoint.id, place=place))
        assert len(server.received) == 2


def test_a_message_whose_turn_was_never_told_looks_for_itself(organization: StaffedOrganization) -> None:
    now = utc_now()
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        first, second, _ = _three(organization, endpoint)
        attempt(second, at=now)
        (waiting,) = [each for each in messages_of(organization.id) if each.id == second.message_id]
        assert waiting.due_at is not None
        assert timedelta() < waiting.due_at - now <= LOOK_AT_LINE
        attempt(first, at=now)
        attempt(second, at=waiting.due_at)
        assert [request.headers["webhook-id"] for request in server.received] == [first.message_id, second.message_id]


def test_records_that_come_again_put_nobody_back_in_line(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        product = a_product(organization)
        records = records_about(organization, product["id"])
        (note,) = fanned_out(records)
        attempt(Note.parse(note))
        fanned_out(records)
        later = a_message(organization, endpoint.id, place=Place(endpoint.id, f"PRODUCT#{product['id']}", 2))
        attempt(later)
        assert len(server.received) == 2


def test_one_that_is_sent_anew_does_not_wait_for_later_ones(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, "product.*", ordered=True)
        first, _, _ = _three(organization, endpoint)
        messages = MessageRepository(organization.id)
        message = messages.get(first.message_id)
        assert message is not None
        messages.settle(message, MessageState.FAILED)
        again = messages.get(first.message_id)
        assert again is not None
        assert messages.reopen(again, utc_now())
        attempt(first)
        assert [request.headers["webhook-id"] for request in server.received] == [first.message_id]


def test_a_sequence_tells_which_change_of_a_resource_a_message_is_about(organization: StaffedOrganization) -> None:
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url, "product.*")
        for note in _three(organization, endpoint):
            attempt(note)
        bodies = [request.body.decode() for request in server.received]

    assert [f'"sequence":{number},' in body for number, body in enumerate(bodies, start=1)] == [True] * 3
