"""API keys on the wire."""

from datetime import timedelta
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field
from pydantic.config import JsonDict

from nexstock.api_keys.addresses import MAX_NETWORKS, canonical_network
from nexstock.api_keys.model import ApiKey, LastUse
from nexstock.auth.permissions import RESOURCES, Scope
from nexstock.http.schemas import Command, Instant, InstantInput, Name, Patch, View

LONGEST_GRACE: Final = timedelta(days=7)
USUAL_GRACE: Final = timedelta(hours=24)


def _known_resource(name: str) -> str:
    if name not in RESOURCES:
        message = f"has to be one of {', '.join(sorted(RESOURCES))}"
        raise ValueError(message)
    return name


def _each_once(texts: tuple[str, ...]) -> tuple[str, ...]:
    # Not by `min_length`: Pydantic then calls a list empty too whose one entry is wrong.
    if not texts:
        message = "has to name one at least"
        raise ValueError(message)
    return tuple(dict.fromkeys(texts))


def _in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(names))


_NEVER_EMPTY: Final[JsonDict] = {"minItems": 1}


ResourceName = Annotated[str, AfterValidator(_known_resource), Field(json_schema_extra={"enum": [*sorted(RESOURCES)]})]
Resources = Annotated[
    tuple[ResourceName, ...],
    Field(max_length=100, json_schema_extra=_NEVER_EMPTY),
    AfterValidator(_each_once),
    AfterValidator(_in_order),
]
"""What a key is narrowed to: resources, in alphabetical order."""

NetworkText = Annotated[str, AfterValidator(canonical_network), Field(description="CIDR block, or one address")]
AllowedIps = Annotated[
    tuple[NetworkText, ...], Field(max_length=MAX_NETWORKS, json_schema_extra=_NEVER_EMPTY), AfterValidator(_each_once)
]
"""The networks that a key may be used from, in their canonical form."""


class CreateApiKey(Command):
    """A new API key."""

    name: Name
    scope: Scope
    resources: Resources | None = None
    allowed_ips: AllowedIps | None = None
    expires_at: InstantInput | None = None


class UpdateApiKey(Patch):
    """What changes about an API key (JSON merge patch); its scope never does."""

    name: Name | None = None
    enabled: Annotated[bool, Field(strict=True)] | None = None
    resources: Resources | None = None
    allowed_ips: AllowedIps | None = None
    expires_at: InstantInput | None = None

    @classmethod
    def required_fields(cls) -> frozenset[str]:
        """Return what an API key always has."""
        return frozenset({"name", "enabled"})


class RotateApiKey(Command):
    """A new text for an API key; the old one is good for `gracePeriodS` seconds more."""

    grace_period_s: Annotated[int, Field(strict=True, ge=0, le=int(LONGEST_GRACE.total_seconds()))] = int(
        USUAL_GRACE.total_seconds()
    )


class ApiKeyMetadataView(View):
    """What an organization decided about an API key."""

    id: str
    name: str
    scope: Scope
    resources: list[str] | None
    allowed_ips: list[str] | None
    enabled: bool
    prefix: str
    created_by: str
    expires_at: Instant | None
    rotated_at: Instant | None
    previous_expires_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, api_key: ApiKey) -> Self:
        """Return the view of a key's metadata."""
        return cls(**_fields(api_key))


class ApiKeyView(ApiKeyMetadataView):
    """An API key, without the key; its last use is exact to the minute."""

    last_used_at: Instant | None
    last_used_ip: str | None

    @classmethod
    def of_used(cls, api_key: ApiKey, last_use: LastUse | None) -> Self:
        """Return the view of a key and of its last use."""
        return cls(**_fields(api_key), **_use(last_use))


class NewApiKeyView(ApiKeyView):
    """An API key with a new text; `key` is shown this once."""

    key: str = Field(repr=False)

    @classmethod
    def of_new(cls, api_key: ApiKey, key: str, last_use: LastUse | None = None) -> Self:
        """Return the view that shows the key."""
        return cls(**_fields(api_key), **_use(last_use), key=key)


def _use(last_use: LastUse | None) -> dict[str, Any]:
    return {"last_used_at": last_use and last_use.at, "last_used_ip": last_use and last_use.ip}


def _fields(api_key: ApiKey) -> dict[str, Any]:
    return {name: getattr(api_key, name) for name in ApiKeyMetadataView.model_fields}
