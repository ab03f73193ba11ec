"""Webhook endpoints: where an organization wants to be told, and of what."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from nexstock.crypto.places import SealedPlace
from nexstock.ids import OrganizationId, WebhookEndpointId
from nexstock.persistence.keys import Kind

ALL_EVENTS: Final = "*"
_AUDIT: Final = "audit"


class WhyDisabled(StrEnum):
    """Why the platform disabled an endpoint: its server said that it is gone, or failed for days."""

    GONE = "gone"
    FAILING = "failing"


WARNED_AHEAD: Final = timedelta(days=30)
"""How long before the platform replaces a secret the organization's owners are told that it will."""


class Untold(StrEnum):
    """What the organization's owners have yet to be told about an endpoint's secret."""

    DUE = "due"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """A customer's URL and the events that it receives.

    `events` are exact types (`product.created`), whole resources (`product.*`) or `*`, which is all but the audit log:
    its entries tell of everything once more, and of what concerns nobody but who watches over it. The signing secret is
    sealed; only the sender opens it. `rotated_at` is when it last changed, and `previous_expires_at` until when the
    one before signs as well. `ordered`: messages about one resource arrive one after the other. `disabled_reason` is
    why the platform disabled it, and `event` what its present version came from, where created and the like do not
    say it. `secret_pending` says that the platform replaced the secret and nobody has taken the new one yet,
    `secret_warned_at` when the owners were told that it will, and `untold` what they have yet to be told.
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
    ordered: bool = False
    max_per_second: int | None = None
    disabled_reason: WhyDisabled | None = None
    event: str | None = None
    sealed_secret: bytes = field(repr=False)
    sealed_previous_secret: bytes | None = field(default=None, repr=False)
    rotated_at: datetime | None = None
    previous_expires_at: datetime | None = None
    secret_pending: bool = False
    secret_warned_at: datetime | None = None
    untold: Untold | None = None

    @property
    def secret_created_at(self) -> datetime:
        """When the present secret was made."""
        return self.rotated_at or self.created_at

    def secret_due_at(self, max_age: timedelta) -> datetime:
        """Return when the platform replaces the secret, unless somebody does before; never sooner than was told."""
        due_at = self.secret_created_at + max_age
        return due_at if self.secret_warned_at is None else max(due_at, self.secret_warned_at + WARNED_AHEAD)

    def receives(self, event_type: str) -> bool:
        """Tell whether an event goes to this endpoint."""
        resource = event_type.partition(".")[0]
        wanted = {f"{resource}.*", event_type}
        if resource != _AUDIT:
            wanted.add(ALL_EVENTS)
        return self.enabled and self.deleted_at is None and not wanted.isdisjoint(self.events)

    def sealed_secrets(self, now: datetime) -> list[bytes]:
        """Return the secrets that sign at an instant, sealed, the newest first."""
        previous, ends = self.sealed_previous_secret, self.previous_expires_at
        return [self.sealed_secret, *([previous] if previous is not None and ends is not None and now < ends else [])]


def secret_place(organization_id: OrganizationId, endpoint_id: str) -> SealedPlace:
    """Return where an endpoint's signing secret belongs."""
    return SealedPlace(organization_id, Kind.WEBHOOK_ENDPOINT.resource, endpoint_id, "secret")
