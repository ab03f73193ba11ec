"""All that failed at an endpoint is sent once more, in the background, some of it at a time.

A note says what is left. Whatever was sent anew has left the list of failures, so a note that comes twice, or a replay
that is asked for twice, sends nothing a second time; and what fails after the replay was asked for is not part of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from nexstock.auth.principals import system_tenant
from nexstock.background import SendNote
from nexstock.clock import Clock, from_rfc3339, to_rfc3339, utc_now
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId
from nexstock.observability import logger
from nexstock.persistence.keys import organization_partition
from nexstock.persistence.tables import batch_get
from nexstock.webhooks.endpoint_lists import Listed, bounds, messages_of_endpoint
from nexstock.webhooks.errors import EndpointDisabled
from nexstock.webhooks.messages import RETENTION, MessageItem, MessageRepository, MessageState
from nexstock.webhooks.model import WebhookEndpoint
from nexstock.webhooks.notes import Note
from nexstock.webhooks.repository import WebhookEndpointRepository
from nexstock.webhooks.resending import MOST_ATTEMPTS
from nexstock.webhooks.retries import ATTEMPTS

_AT_ONCE: Final = 100
_STEP_S: Final = 5
"""Between two hundreds: what comes back must not be the next thing to overwhelm the endpoint."""


def begin_replay(
    endpoint: WebhookEndpoint,
    since: datetime,
    *,
    organization_id: OrganizationId,
    send: SendNote,
    clock: Clock = utc_now,
) -> None:
    """Queue the replay of what failed since an instant, as far as it is still kept.

    Raises:
        EndpointDisabled: it is disabled (409).
    """
    if not endpoint.enabled:
        raise EndpointDisabled
    now = clock()
    span = {"since": to_rfc3339(max(since, now - RETENTION)), "until": to_rfc3339(now)}
    send("REPLAYS", {"organizationId": organization_id, "endpointId": endpoint.id, **span})


def continue_replay(note: Mapping[str, str], *, send: SendNote, clock: Clock = utc_now) -> None:
    """Have up to a hundred messages sent anew, and queue the rest."""
    organization_id, endpoint_id = OrganizationId(note["organizationId"]), note["endpointId"]
    if not _is_enabled(organization_id, endpoint_id):
        logger.info("replay dropped", organization_id=organization_id)
        return
    found, position = messages_of_endpoint(
        organization_id,
        endpoint_id,
        Listed.FAILED,
        bounds(from_rfc3339(note["since"]), from_rfc3339(note["until"])),
        limit=_AT_ONCE,
        after=note.get("after"),
        newest_first=False,
    )
    _reopen(organization_id, found, send, clock())
    if position is not None:
        send("REPLAYS", {**note, "after": position}, delay_s=_STEP_S)


def _reopen(organization_id: OrganizationId, sort_keys: list[str], send: SendNote, now: datetime) -> None:
    messages, partition = MessageRepository(organization_id), organization_partition(organization_id)
    for message in batch_get([(MessageItem, partition, each) for each in sort_keys]) if sort_keys else []:
        if not isinstance(message, MessageItem) or message.state != MessageState.FAILED:
            continue
        if int(message.attempts) + ATTEMPTS > MOST_ATTEMPTS or not messages.reopen(message, now):
            continue
        attempts = int(message.attempts)
        send("DELIVERIES", Note(organization_id, message.message_id, message.endpoint_id, attempts=attempts).message)


def _is_enabled(organization_id: OrganizationId, endpoint_id: str) -> bool:
    try:
        return WebhookEndpointRepository(system_tenant(organization_id, "webhooks")).get(endpoint_id).enabled
    except NotFound:
        return False
