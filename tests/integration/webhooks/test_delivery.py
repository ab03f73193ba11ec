"""One attempt at one message: signed, recorded, tried again by the schedule, and made by one sender only."""

import base64
import hashlib
import hmac
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
import svix.webhooks
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from nexstock.clock import utc_now
from nexstock.crypto.envelope import open_sealed
from nexstock.webhooks.delivery import deliver
from nexstock.webhooks.messages import LEASE
from nexstock.webhooks.retries import SCHEDULE
from tests.support.api import call
from tests.support.people import StaffedOrganization, an_organization
from tests.support.receivers import Received, answering, receiver, sending
from tests.support.webhooks import (
    DEAD_DELIVERIES,
    DELIVERIES,
    Note,
    Queued,
    Queues,
    a_note,
    a_product,
    an_endpoint,
    fanned_out,
    message_of,
    records_about,
)

pytestmark = pytest.mark.usefixtures("platform")


def _attempt(note: Note, queues: Queues, *, now: datetime | None = None) -> None:
    deliver(note, open_sealed=open_sealed, send=queues.send, clock=lambda: now or utc_now())


def _verify_as_stripe_does(request: Received, secret: str, *, body: bytes | None = None) -> bool:
    """Verify `t=…,v1=…` by the key as it stands, whichever `v1` matches."""
    parts = [part.partition("=") for part in request.headers["x-nexstock-signature"].split(",")]
    (timestamp,) = [value for name, _, value in parts if name == "t"]
    content = f"{timestamp}.".encode() + (request.body if body is None else body)
    expected = hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(value, expected) for name, _, value in parts if name == "v1")


def test_standard_verifiers_accept_a_delivery_and_no_altered_one() -> None:
    with receiver() as server:
        endpoint, note = a_note(an_organization(), server.url)
        _attempt(note, Queues())
        (request,) = server.received
    verifier = Webhook(endpoint.secret)
    event = verifier.verify(request.body, request.headers)
    assert event["type"] == "product.created"
    for body in (request.body + b" ", request.body.replace(b"Anvil", b"Bolts"), b""):
        with pytest.raises(WebhookVerificationError):
            verifier.verify(body, request.headers)


def test_the_library_of_svix_accepts_a_delivery_and_no_altered_one() -> None:
    with receiver() as server:
        endpoint, note = a_note(an_organization(), server.url)
        _attempt(note, Queues())
        (request,) = server.received
    verifier = svix.webhooks.Webhook(endpoint.secret)
    verifier.verify(request.body, request.headers)
    with pytest.raises(svix.webhooks.WebhookVerificationError):
        verifier.verify(request.body + b" ", request.headers)


def test_published_key_verifies_a_delivery_and_no_other_organizations() -> None:
    ours, theirs = an_organization(), an_organization()
    with receiver() as server:
        for organization in (ours, theirs):
            _, note = a_note(organization, server.url)
            _attempt(note, Queues())
        request, foreign = server.received
    (key,) = _published_keys(ours)
    signature, content = _signed_by_key(request)
    key.verify(signature, content)
    for other in (_signed_by_key(foreign), (signature, content + b" ")):
        with pytest.raises(InvalidSignature):
            key.verify(*other)


def _published_keys(organization: StaffedOrganization) -> list[Ed25519PublicKey]:
    keys = call("GET", f"/.well-known/webhook-keys/{organization.id}").json["keys"]
    assert {key["algorithm"] for key in keys} == {"ed25519"}
    return [
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key["publicKey"].removeprefix("whpk_"))) for key in keys
    ]


def _signed_by_key(request: Received) -> tuple[bytes, bytes]:
    """Return the message's `v1a` signature and what it is over."""
    (signature,) = [item for item in request.headers["webhook-signature"].split() if item.startswith("v1a,")]
    stamp = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    return base64.b64decode(signature.removeprefix("v1a,")), stamp + request.body


def test_verifiers_in_the_manner_of_stripe_accept_a_delivery_and_no_altered_one() -> None:
    with receiver() as server:
        endpoint, note = a_note(an_organization(), server.url)
        _attempt(note, Queues())
        (request,) = server.received
    assert _verify_as_stripe_does(request, endpoint.secret)
    assert not _verify_as_stripe_does(request, endpoint.secret, body=request.body + b" ")
    assert not _verify_as_stripe_does(request, endpoint.secret + "x")


def test_two_organizations_sign_with_secrets_of_their_own() -> None:
    with receiver() as server:
        ours, note = a_note(an_organization(), server.url)
        theirs, _ = a_note(an_organization(), server.url)
        _attempt(note, Queues())
        (request,) = server.received
    assert ours.secret != theirs.secret
    assert not _verify_as_stripe_does(request, theirs.secret)


def test_bytes_that_are_signed_are_the_bytes_that_are_sent() -> None:
    organization = an_organization()
    with receiver() as server:
        endpoint = an_endpoint(organization, server.url)
        product = a_product(organization, name="Bücher \N{BOOKS} </script>", attributes={"key": "\u2028"})
        (note,) = fanned_out(records_about(organization, product["id"]))
        _attempt(note, Queues())
        (request,) = server.received
    assert _verify_as_stripe_does(request, endpoint.secret)
    assert request.body.decode() == message_of(note).body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.body))
    assert json.loads(request.body)["data"] == product


def test_an_accepted_message_is_delivered_and_waits_for_nothing() -> None:
    with receiver(answering(204)) as server:
        _, note = a_note(an_organization(), server.url)
        queues = Queues()
        _attempt(note, queues)
    message = message_of(note)
    assert (message.state, message.due_at, queues.queued) == ("delivered", None, [])
    (attempt,) = message.attempts
    assert attempt["status"] == 204
    assert "failure" not in attempt


def test_a_failed_attempt_is_recorded_and_followed_by_another_with_the_same_id() -> None:
    with receiver(answering(500, 200, body=b"no room" * 500)) as server:
        _, note = a_note(an_organization(), server.url)
        queues, now = Queues(), utc_now()
        _attempt(note, queues, now=now)
        (queued,) = queues.queued
        assert (queued.queue, queued.note) == (DELIVERIES, {**note, "attempts": "1"})
        assert 5 <= queued.delay_s <= 6
        waiting = message_of(note)
        assert waiting.state == "pending"
        assert waiting.due_at is not None
        # The queue is to be faster than the safety net below it.
        assert waiting.due_at >= now + timedelta(seconds=queued.delay_s) + LEASE - timedelta(seconds=1)
        _attempt(queued.note, queues, now=now + timedelta(seconds=6))
        first, second = server.received
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == note["messageId"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    message = message_of(note)
    assert (message.state, message.due_at) == ("delivered", None)
    assert [attempt["status"] for attempt in message.attempts] == [500, 200]
    assert message.attempts[0]["answer"] == ("no room" * 500)[:1024]


@pytest.mark.parametrize("content", [b"", b"SSH-2.0-OpenSSH_9.6\r\n"])
def test_an_attempt_without_an_answer_is_recorded_as_one(content: bytes) -> None:
    with receiver(sending(content)) as server:
        _, note = a_note(an_organization(), server.url)
        _attempt(note, Queues())
    (attempt,) = message_of(note).attempts
    assert attempt["status"] == 0
    assert attempt["failure"].isidentifier()


def test_waits_follow_the_schedule_and_the_last_failure_is_a_dead_letter() -> None:
    with receiver(answering(503)) as server:
        _, note = a_note(an_organization(), server.url)
        now = utc_now()
        for number, wait in enumerate(SCHEDULE, start=1):
            queues = Queues()
            _attempt(note, queues, now=now)
            due_at = message_of(note).due_at
            assert due_at is not None
            note = {**note, "attempts": str(number)}
            if wait <= timedelta(seconds=900):
                (queued,) = queues.queued
                assert queued.note == note
                assert wait.total_seconds() <= queued.delay_s <= wait.total_seconds() * 1.1 + 1
            else:
                # Longer than a queue can hold it: the index of what is due says when.
                assert queues.queued == []
                assert wait <= due_at - now <= wait * 1.1 + timedelta(seconds=1)
            now = due_at
        queues = Queues()
        _attempt(note, queues, now=now)
        assert queues.queued == [Queued(DEAD_DELIVERIES, {**note, "attempts": "8"}, 0)]
        _attempt({**note, "attempts": "8"}, Queues(), now=now)
        assert len(server.received) == len(SCHEDULE) + 1
    message = message_of(note)
    assert (message.state, message.due_at, len(message.attempts)) == ("failed", None, 8)


def test_a_note_that_comes_twice_is_acted_on_once() -> None:
    with receiver(answering(500)) as server:
        _, note = a_note(an_organization(), server.url)
        queues = Queues()
        for _ in range(3):
            _attempt(note, queues)
        assert len(server.received) == 1
        assert len(queues.queued) == 1


def test_a_note_of_an_attempt_that_is_past_or_not_yet_due_does_nothing() -> None:
    with receiver(answering(500)) as server:
        _, note = a_note(an_organization(), server.url)
        for attempts in ("1", "7", "-1"):
            _attempt({**note, "attempts": attempts}, Queues())
        assert server.received == []


@pytest.mark.asvs("8.3.3")
def test_a_note_about_nothing_does_nothing() -> None:
    organization, other = an_organization(), an_organization()
    with receiver() as server:
        _, note = a_note(organization, server.url)
        _attempt({**note, "organizationId": other.id}, Queues())
        _attempt({**note, "messageId": "msg_01JD0000000000000000000000"}, Queues())
        assert server.received == []


def test_of_many_senders_at_one_moment_one_sends() -> None:
    with receiver() as server:
        _, note = a_note(an_organization(), server.url)
        together = threading.Barrier(8)

        def claim() -> None:
            together.wait(10)
            _attempt(note, Queues())

        with ThreadPoolExecutor(8) as threads:
            for made in [threads.submit(claim) for _ in range(8)]:
                made.result()
        assert len(server.received) == 1


@pytest.mark.parametrize("change", ["deleted", "disabled"])
def test_messages_of_an_endpoint_that_is_gone_or_switched_off_are_dropped(change: str) -> None:
    organization = an_organization()
    with receiver() as server:
        endpoint, note = a_note(organization, server.url)
        place = f"/v1/webhook-endpoints/{endpoint.id}"
        if change == "deleted":
            assert call("DELETE", place, token=organization.owner.token).status == 204
        else:
            assert call("PATCH", place, token=organization.owner.token, body={"enabled": False}).status == 200
        queues = Queues()
        _attempt(note, queues)
        assert server.received == []
    message = message_of(note)
    assert (message.state, message.due_at, queues.queued) == ("dropped", None, [])


def test_a_waiting_message_goes_to_where_its_endpoint_is_now() -> None:
    organization = an_organization()
    with receiver() as before, receiver() as after:
        endpoint, note = a_note(organization, before.url)
        call("PATCH", f"/v1/webhook-endpoints/{endpoint.id}", token=organization.owner.token, body={"url": after.url})
        _attempt(note, Queues())
        assert (len(before.received), len(after.received)) == (0, 1)


def test_a_target_inside_is_refused_at_the_attempt_and_its_owner_told_why() -> None:
    _, note = a_note(an_organization(), "http://10.0.0.5/")
    queues = Queues()
    _attempt(note, queues)
    message = message_of(note)
    (attempt,) = message.attempts
    assert (attempt["status"], "not public" in attempt["failure"], attempt.get("answer")) == (0, True, None)
    assert (message.state, len(queues.queued)) == ("pending", 1)
