"""Webhook endpoints on the wire."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, StringConstraints

from nexstock.config import OutboundSettings
from nexstock.http.schemas import Command, Instant, Patch, PlainText, View
from nexstock.outbound.targets import MAX_URL_LENGTH, TargetRefused, parse_target
from nexstock.webhooks.event_types import FILTERS
from nexstock.webhooks.model import WebhookEndpoint

_SETTINGS = OutboundSettings.from_env()


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


class CreateWebhookEndpoint(Command):
    """A new endpoint."""

    url: TargetUrlText
    events: EventFilters
    description: Description | None = None
    enabled: Annotated[bool, Field(strict=True)] = True


class UpdateWebhookEndpoint(Patch):
    """What changes about an endpoint (JSON merge patch)."""

    url: TargetUrlText | None = None
    events: EventFilters | None = None
    description: Description | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what an endpoint always has."""
        return frozenset({"url", "events", "enabled"})


class WebhookEndpointView(View):
    """An endpoint, without its secret."""

    id: str
    url: str
    events: list[str]
    description: str | None
    enabled: bool
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self:
        """Return the view of an endpoint."""
        return cls(**_fields(endpoint))


class NewWebhookEndpointView(WebhookEndpointView):
    """A new endpoint; `secret` is shown this once."""

    secret: str = Field(repr=False)

    @classmethod
    def of_new(cls, endpoint: WebhookEndpoint, secret: str) -> Self:
        """Return the view that shows the secret."""
        return cls(**_fields(endpoint), secret=secret)


def _fields(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "description": endpoint.description,
        "enabled": endpoint.enabled,
        "version": endpoint.version,
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
    }
