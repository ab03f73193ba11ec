"""One attempt at one message: claim it, send it, write down what came of it, and see to the next."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, Protocol

from nexstock.auth.principals import system_tenant
from nexstock.background import SendNote
from nexstock.clock import Clock, utc_now
from nexstock.config import OutboundSettings
from nexstock.crypto.message_keys import signing_keys
from nexstock.crypto.places import SealedPlace
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId
from nexstock.outbound import http_client
from nexstock.outbound.targets import TargetRefused, parse_target, resolve
from nexstock.queues import MAX_DELAY_S
from nexstock.webhooks.fan_out import note_of
from nexstock.webhooks.messages import LEASE, AttemptResult, MessageItem, MessageRepository, MessageState
from nexstock.webhooks.model import WebhookEndpoint, secret_place
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.retries import delay_after
from nexstock.webhooks.signing import signature_headers

_SETTINGS: Final = OutboundSettings.from_env()
_USER_AGENT: Final = "NexStock-Webhooks/1"
_KEPT_BYTES: Final = 1024

OpenSealed = Callable[[SealedPlace, bytes], bytes]


class Sign(Protocol):
    """Signs one attempt."""

    def __call__(self, *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
        """Return the headers that prove it."""


def deliver(note: Mapping[str, str], *, open_sealed: OpenSealed, send: SendNote, clock: Clock = utc_now) -> None:
    """Act on a note from the queue; a note that was acted on before does nothing.

    At least once: a crash between sending and writing down sends the message again, with the same id.

    Raises:
        CannotOpen: the endpoint's secret or the platform's does not open, now or ever; the message stays due and the
            note comes again.
    """
    organization_id = OrganizationId(note["organizationId"])
    messages = MessageRepository(organization_id)
    endpoint = _endpoint(organization_id, note["endpointId"])
    if endpoint is None:
        messages.settle(note["messageId"], MessageState.DROPPED)
        return
    # Opened before the attempt is claimed: while KMS is away, no attempt is used up.
    secret = open_sealed(secret_place(organization_id, endpoint.id), endpoint.sealed_secret).decode()
    sign = partial(signature_headers, [secret], signing_keys(organization_id, clock()))
    message = messages.claim(note["messageId"], attempts=int(note["attempts"]), now=clock())
    if message is None:
        return
    result = _attempt(message, endpoint, sign, clock)
    messages.record(message.message_id, int(message.attempts), result)
    _settle_or_retry(message, result, organization_id, messages, send)


def _endpoint(organization_id: OrganizationId, endpoint_id: str) -> WebhookEndpoint | None:
    """Return the endpoint, if it is still there and wants messages."""
    try:
        endpoint = WebhookEndpointRepository(system_tenant(organization_id, "webhooks")).get(endpoint_id)
    except NotFound:
        return None
    return endpoint if endpoint.enabled else None


def _attempt(message: MessageItem, endpoint: WebhookEndpoint, sign: Sign, clock: Clock) -> AttemptResult:
    at, began = clock(), time.monotonic()
    body = message.body.encode()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": _USER_AGENT,
        **sign(message_id=message.message_id, timestamp=int(at.timestamp()), body=body),
    }
    status, failure, answer = 0, None, None
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
        status, answer = received.status, received.beginning(_KEPT_BYTES)
    return AttemptResult(at, status, int((time.monotonic() - began) * 1000), failure, answer)


def _settle_or_retry(
    message: MessageItem,
    result: AttemptResult,
    organization_id: OrganizationId,
    messages: MessageRepository,
    send: SendNote,
) -> None:
    attempts = int(message.attempts)
    delay = delay_after(attempts)
    note = note_of(organization_id, message.message_id, message.endpoint_id, attempts=attempts)
    if result.succeeded:
        messages.settle(message.message_id, MessageState.DELIVERED)
    elif delay is None:
        # The dead-letter note comes first: if it fails, the whole attempt is seen as unfinished and found again.
        send("DEAD_DELIVERIES", note)
        messages.settle(message.message_id, MessageState.FAILED)
    else:
        # The queue waits as long as it can; longer waits are found in the index when they are due.
        fits_queue = delay.total_seconds() <= MAX_DELAY_S
        due_at = result.at + delay
        messages.postpone(message.message_id, attempts=attempts, until=due_at + LEASE if fits_queue else due_at)
        if fits_queue:
            send("DELIVERIES", note, delay_s=round(delay.total_seconds()))
