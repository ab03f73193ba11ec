"""One attempt at one message: see whether it may be made, claim it, send it, write it down, and see to the next."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Final, Protocol

from nexstock.auth.principals import system_tenant
from nexstock.background import SendNote
from nexstock.clock import Clock, utc_now
from nexstock.config import OutboundSettings, RateLimit
from nexstock.crypto.message_keys import signing_keys
from nexstock.crypto.places import SealedPlace
from nexstock.errors import NotFound, TemporarilyUnavailable
from nexstock.observability import Metric, measure
from nexstock.outbound import http_client
from nexstock.outbound.targets import TargetRefused, parse_target, resolve
from nexstock.throttling import take_token
from nexstock.webhooks.attempts import AttemptRepository, AttemptResult
from nexstock.webhooks.event_types import PING
from nexstock.webhooks.health import HealthRepository
from nexstock.webhooks.messages import MessageItem, MessageRepository, MessageState
from nexstock.webhooks.model import WebhookEndpoint, secret_place
from nexstock.webhooks.notes import Note
from nexstock.webhooks.places import is_anyone_ahead
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.retries import asked_wait, delay_after, throttle_after
from nexstock.webhooks.signing import signature_headers
from nexstock.webhooks.waiting import Waiting

_SETTINGS: Final = OutboundSettings.from_env()
_USER_AGENT: Final = "NexStock-Webhooks/1"
_KEPT_BYTES: Final = 1024
_BUCKET: Final = "webhook"

OpenSealed = Callable[[SealedPlace, bytes], bytes]


class Sign(Protocol):
    """Signs one attempt."""

    def __call__(self, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Return the headers that prove it."""


def deliver(message: Mapping[str, str], *, open_sealed: OpenSealed, send: SendNote, clock: Clock = utc_now) -> None:
    """Act on a note from the queue; a note that was acted on before does nothing.

    At least once: a crash between sending and writing down sends the message again, with the same id.

    Raises:
        CannotOpen: the endpoint's secret or the platform's does not open, now or ever; the message stays due and the
            note comes again.
    """
    note = Note.parse(message)
    messages = MessageRepository(note.organization_id)
    waiting = Waiting(note, messages, send)
    endpoint = _endpoint(note)
    if endpoint is None or not endpoint.enabled:
        _settle_without_attempt(note, endpoint, messages, waiting)
        return
    if not _may_begin(note, endpoint, messages, waiting, clock()):
        return
    health = HealthRepository(note.organization_id)
    try:
        made = _make(note, endpoint, messages, open_sealed, clock)
        if made is not None:
            _settle_or_retry(made, Waiting(note.after(note.attempts + 1), messages, send))
    except Exception:
        health.release(endpoint.id, note.message_id)
        raise
    if made is None:
        health.release(endpoint.id, note.message_id)
    else:
        _judge(endpoint, made, health)


@dataclass(frozen=True, slots=True)
class _Made:
    """An attempt that was made: the message, with it counted, and what came of it."""

    message: MessageItem
    result: AttemptResult


def _make(
    note: Note, endpoint: WebhookEndpoint, messages: MessageRepository, open_sealed: OpenSealed, clock: Clock
) -> _Made | None:
    """Make the attempt and write down what came of it; None where it is not this note's to make."""
    # Opened before the attempt is claimed: while KMS is away, no attempt is used up.
    place = secret_place(note.organization_id, endpoint.id)
    secrets = [open_sealed(place, sealed).decode() for sealed in endpoint.sealed_secrets(clock())]
    sign = partial(signature_headers, secrets, signing_keys(note.organization_id, clock()))
    message = messages.claim(note.message_id, attempts=note.attempts, now=clock())
    if message is None:
        return None
    result = _attempt(message, endpoint, sign, clock)
    AttemptRepository(note.organization_id).record(message.message_id, int(message.attempts), result)
    measure({Metric.DELIVERY_SUCCEEDED: int(result.succeeded)})
    return _Made(message, result)


def _endpoint(note: Note) -> WebhookEndpoint | None:
    try:
        return WebhookEndpointRepository(system_tenant(note.organization_id, "webhooks")).get(note.endpoint_id)
    except NotFound:
        return None


def _settle_without_attempt(
    note: Note, endpoint: WebhookEndpoint | None, messages: MessageRepository, waiting: Waiting
) -> None:
    """Drop what nobody wants any more; what was to go to an endpoint that we disabled counts as failed."""
    message = messages.get(note.message_id)
    if message is None or message.state != MessageState.PENDING:
        return
    if endpoint is not None and endpoint.disabled_reason is not None:
        waiting.give_up(message)
    else:
        waiting.settle(message, MessageState.DROPPED)


def _may_begin(
    note: Note, endpoint: WebhookEndpoint, messages: MessageRepository, waiting: Waiting, now: datetime
) -> bool:
    """Tell whether the attempt may be made now; if not, the message waits."""
    if endpoint.ordered and _has_to_wait_in_line(note, messages):
        waiting.for_turn(now)
        return False
    if not _is_within_rate(endpoint, now):
        waiting.for_room(now)
        return False
    health = HealthRepository(note.organization_id)
    admission = health.admit(endpoint.id, note.message_id, now, whatever=note.by_hand)
    if admission.paused_until is not None and admission.paused_until > now:
        waiting.for_pause(admission.paused_until, now)
    elif not admission.granted:
        waiting.for_room(now)
    return admission.granted


def _has_to_wait_in_line(note: Note, messages: MessageRepository) -> bool:
    message = messages.get(note.message_id)
    return message is not None and message.place is not None and is_anyone_ahead(note.organization_id, message.place)


def _is_within_rate(endpoint: WebhookEndpoint, now: datetime) -> bool:
    if endpoint.max_per_second is None:
        return True
    try:
        return take_token(_BUCKET, endpoint.id, RateLimit(endpoint.max_per_second, 1), now).granted
    except TemporarilyUnavailable:
        # Many senders refill the bucket at one moment: reason enough to come a little later.
        return False


def _attempt(message: MessageItem, endpoint: WebhookEndpoint, sign: Sign, clock: Clock) -> AttemptResult:
    at, began = clock(), time.monotonic()
    body = message.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        **sign(message_id=message.message_id, timestamp=int(at.timestamp()), body=body),
    }
    status, failure, answer, asked = 0, None, None, None
    insecure = _SETTINGS.insecure_targets_allowed
    try:
        target = parse_target(endpoint.url, insecure_allowed=insecure)
        address = resolve(target, insecure_allowed=insecure)
        left_s = http_client.TOTAL_S - (time.monotonic() - began)
        received = http_client.post(target, address, headers, body, total_s=left_s)
    except TargetRefused as refusal:
        failure = str(refusal)
    except http_client.NoAnswer as error:
        failure = str(error)
    else:
        status, answer, asked = received.status, received.beginning(_KEPT_BYTES), received.retry_after
    duration_ms = int((time.monotonic() - began) * 1000)
    return AttemptResult(at, status, duration_ms, failure, answer, None if asked is None else asked_wait(asked, at))


def _settle_or_retry(made: _Made, waiting: Waiting) -> None:
    message, result = made.message, made.result
    if result.succeeded:
        waiting.settle(message, MessageState.DELIVERED)
        return
    delay = delay_after(int(message.attempts), int(message.last_attempt))
    if message.event_type == PING:
        # Somebody is looking at what comes of it, so it is nobody else's dead letter.
        waiting.settle(message, MessageState.FAILED)
    elif delay is None or result.status == HTTPStatus.GONE:
        waiting.give_up(message)
    else:
        waiting.for_retry(max(delay, result.asked_wait or delay), result.at)


def _judge(endpoint: WebhookEndpoint, made: _Made, health: HealthRepository) -> None:
    """Give back the endpoint's place, with what came of the attempt."""
    message_id, result = made.message.message_id, made.result
    if result.succeeded:
        health.succeeded(endpoint.id, message_id, result.at)
        return
    throttle = throttle_after(result.status, result.asked_wait)
    is_gone = result.status == HTTPStatus.GONE
    health.failed(endpoint.id, message_id, result.at, throttle=throttle, is_gone=is_gone)
