"""Endpoints that are gone, or have failed for days, are disabled, and the organization's owners told.

The sender only marks them: it calls servers of other people's choice, so it may change no organization's items and
send no mails. What is marked is found again until all of it is done.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from nexstock.auth.principals import system_tenant
from nexstock.clock import to_rfc3339
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId
from nexstock.mail.outbox import Template
from nexstock.observability import log_fault
from nexstock.persistence import keys
from nexstock.persistence.tables import batch_get
from nexstock.persistence.transaction import repeated
from nexstock.webhooks.health import HealthItem, HealthRepository
from nexstock.webhooks.messages import MessageItem
from nexstock.webhooks.model import WebhookEndpoint, WhyDisabled
from nexstock.webhooks.owners import PostMail, tell_owners
from nexstock.webhooks.repository import WebhookEndpointRepository

EVENT: Final = "webhook_endpoint.disabled"
_MOST_AT_ONCE: Final = 100
_TOLD_AS: Final = {
    WhyDisabled.GONE: "its server answered that there is nothing for webhooks any more (410)",
    WhyDisabled.FAILING: "nothing that was sent to it has been accepted for five days",
}


@dataclass(frozen=True, slots=True)
class MarkedEndpoint:
    """An endpoint that is to be disabled, and since when."""

    organization_id: OrganizationId
    endpoint_id: str
    marked_at: datetime


def disable_marked(*, post: PostMail, now: datetime) -> int:
    """Disable the endpoints that are marked; return how many of them were seen to.

    One that fails is left for the next run, and holds up no other. A crash after the owners were told tells them again.
    """
    seen_to = 0
    for marked in _marked_endpoints():
        try:
            _see_to(marked, post, now)
            seen_to += 1
        except Exception as error:  # noqa: BLE001 (whatever it was, the endpoint stays marked)
            log_fault("endpoint not disabled", error)
    return seen_to


def _see_to(marked: MarkedEndpoint, post: PostMail, now: datetime) -> None:
    why = _why(marked)
    endpoint = repeated(lambda: _disabled(marked, why, now)) if why is not None else None
    if endpoint is not None:
        values = {
            "reason": _TOLD_AS[endpoint.disabled_reason or WhyDisabled.FAILING],
            "at": to_rfc3339(endpoint.updated_at),
        }
        tell_owners(marked.organization_id, endpoint, Template.WEBHOOK_ENDPOINT_DISABLED, values, post=post, now=now)
    HealthRepository(marked.organization_id).forget_disabling(marked.endpoint_id, marked.marked_at)


def _disabled(marked: MarkedEndpoint, why: WhyDisabled, now: datetime) -> WebhookEndpoint | None:
    """Disable the endpoint, and return it; None where somebody else has seen to it: disabled or deleted it."""
    tenant = system_tenant(marked.organization_id, "webhooks")
    endpoints = WebhookEndpointRepository(tenant)
    try:
        before = endpoints.get(marked.endpoint_id)
    except NotFound:
        return None
    if not before.enabled:
        # Disabled by a run that crashed before it told anybody, if it was us.
        return before if before.disabled_reason is not None else None
    endpoint = replace(
        before, version=before.version + 1, updated_at=now, enabled=False, disabled_reason=why, event=EVENT
    )
    endpoints.replace(endpoint)
    tenant.transaction.commit()
    return endpoint


def _marked_endpoints() -> list[MarkedEndpoint]:
    """Return endpoints of whichever organizations that are to be disabled, the longest marked first."""
    items = MessageItem.due_index.query(keys.TO_BE_DISABLED, limit=_MOST_AT_ONCE)
    return [
        MarkedEndpoint(keys.organization_of(item.pk), item.endpoint_id, item.due_at) for item in items if item.due_at
    ]


def _why(marked: MarkedEndpoint) -> WhyDisabled | None:
    """Return why, read consistently; None where it is not to be disabled any more."""
    key = (HealthItem, keys.organization_partition(marked.organization_id), keys.health_sort_key(marked.endpoint_id))
    (item,) = batch_get([key])
    return WhyDisabled(item.why_disabled) if isinstance(item, HealthItem) and item.why_disabled else None
