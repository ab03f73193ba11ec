"""Webhook endpoints on the wire."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from nexstock.config import OutboundSettings
from nexstock.http.schemas import Command, Instant, InstantInput, Patch, PlainText, View
from nexstock.key_policies import webhook_secret_age
from nexstock.outbound.targets import MAX_URL_LENGTH, TargetRefused, parse_target
from nexstock.webhooks.event_types import FILTERS
from nexstock.webhooks.health import EndpointHealth, HealthState
from nexstock.webhooks.model import WebhookEndpoint, WhyDisabled

_SETTINGS = OutboundSettings.from_env()
_MAX_SECRET_AGE = webhook_secret_age()


def _allowed_target(url: str) -> str:
    try:
        parse_target(url, insecure_allowed=_SETTINGS.insecure_targets_allowed)
    except TargetRefused as refusal:
        raise ValueError(str(refusal)) from None
    return url


TargetUrlText = Annotated[str, StringConstraints(max_length=MAX_URL_LENGTH), AfterValidator(_allowed_target)]


def _known(wanted: str) -> str:
    if wanted not in FILTERS:
        message = "no event is of this type"
        raise ValueError(message)
    return wanted


EventFilter = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": sorted(FILTERS)})]
EventFilters = Annotated[tuple[EventFilter, ...], Field(min_length=1, max_length=50)]
Description = Annotated[PlainText, StringConstraints(max_length=500)]
MaxPerSecond = Annotated[int, Field(strict=True, ge=1, le=1000)]


class CreateWebhookEndpoint(Command):
    """A new endpoint."""

    url: TargetUrlText
    events: EventFilters
    description: Description | None = None
    enabled: Annotated[bool, Field(strict=True)] = True
    ordered: Annotated[bool, Field(strict=True)] = False
    max_per_second: MaxPerSecond | None = None


class UpdateWebhookEndpoint(Patch):
    """What changes about an endpoint (JSON merge patch)."""

    url: TargetUrlText | None = None
    events: EventFilters | None = None
    description: Description | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None
    ordered: Annotated[bool, Field(strict=True)] | None = None
    max_per_second: MaxPerSecond | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what an endpoint always has."""
        return frozenset({"url", "events", "enabled", "ordered"})


class ReplayMessages(Command):
    """What failed since an instant is to be sent once more."""

    since: InstantInput


class WebhookEndpointMetadataView(View):
    """What an organization decided about an endpoint, without its secret."""

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    ordered: bool
    max_per_second: int | None
    disabled_reason: WhyDisabled | None
    rotated_at: Instant | None
    previous_expires_at: Instant | None
    secret_created_at: Instant
    secret_pending: bool
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self:
        """Return the view of what was decided."""
        return cls(**_fields(endpoint))


class EndpointHealthView(View):
    """How an endpoint has been doing."""

    state: HealthState
    consecutive_failures: int
    failing_since: Instant | None
    last_failure_at: Instant | None
    last_success_at: Instant | None
    paused_until: Instant | None

    @classmethod
    def of(cls, health: EndpointHealth, now: datetime) -> Self:
        """Return the view of an endpoint's health at an instant."""
        counted = {name: getattr(health, name) for name in cls.model_fields if name != "state"}
        return cls(state=health.state(now), **counted)


class WebhookEndpointView(WebhookEndpointMetadataView):
    """An endpoint, how it has been doing, and when the platform replaces its secret."""

    secret_due_at: Instant
    health: EndpointHealthView

    @classmethod
    def of_used(cls, endpoint: WebhookEndpoint, health: EndpointHealth, now: datetime) -> Self:
        """Return the view of an endpoint and its health at an instant."""
        return cls(**_used_fields(endpoint, health, now))


class NewWebhookEndpointView(WebhookEndpointView):
    """An endpoint with a new secret; `secret` is shown this once."""

    secret: str = Field(repr=False)

    @classmethod
    def of_new(cls, endpoint: WebhookEndpoint, secret: str, health: EndpointHealth, now: datetime) -> Self:
        """Return the view that shows the secret."""
        return cls(**_used_fields(endpoint, health, now), secret=secret)


def _used_fields(endpoint: WebhookEndpoint, health: EndpointHealth, now: datetime) -> dict[str, Any]:
    due_at = endpoint.secret_due_at(_MAX_SECRET_AGE)
    return {**_fields(endpoint), "secret_due_at": due_at, "health": EndpointHealthView.of(health, now)}


def _fields(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in WebhookEndpointMetadataView.model_fields}
