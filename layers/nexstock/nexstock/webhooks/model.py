"""Webhook endpoints: where an organization wants to be told, and of what."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from nexstock.crypto.places import SealedPlace
from nexstock.ids import OrganizationId, WebhookEndpointId
from nexstock.persistence.keys import Kind

ALL_EVENTS: Final = "*"
_AUDIT: Final = "audit"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """A customer's URL and the events that it receives.

    `events` are exact types (`product.created`), whole resources (`product.*`) or `*`, which is all but the audit log:
    its entries tell of everything once more, and of what concerns nobody but who watches over it. The signing secret is
    sealed; only the sender opens it.
    """

    id: WebhookEndpointId
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    url: str
    events: tuple[str, ...]
    description: str | None = None
    enabled: bool = True
    sealed_secret: bytes = field(repr=False)

    def receives(self, event_type: str) -> bool:
        """Tell whether an event goes to this endpoint."""
        resource = event_type.partition(".")[0]
        wanted = {f"{resource}.*", event_type}
        if resource != _AUDIT:
            wanted.add(ALL_EVENTS)
        return self.enabled and self.deleted_at is None and not wanted.isdisjoint(self.events)


def secret_place(organization_id: OrganizationId, endpoint_id: str) -> SealedPlace:
    """Return where an endpoint's signing secret belongs."""
    return SealedPlace(organization_id, Kind.WEBHOOK_ENDPOINT.resource, endpoint_id, "secret")
