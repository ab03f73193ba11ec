"""An organization's keys on the wire."""

from typing import Self

from nexstock.encryption.overview import Coverage, KeyOverview, KeyVersion, Overview, secret_due_at
from nexstock.http.schemas import Instant, View
from nexstock.webhooks.model import WebhookEndpoint


class RotationView(View):
    """Since when the keys are to be replaced."""

    requested_at: Instant


class KeyVersionView(View):
    """One version of a key; `endedAt` is since when it is destroyed, or disabled."""

    version: str
    id: str | None
    created_at: Instant
    signs_from: Instant | None
    ended_at: Instant | None

    @classmethod
    def of(cls, version: KeyVersion) -> Self:
        """Return the view of a version."""
        return cls(
            version=version.version,
            id=version.id,
            created_at=version.created_at,
            signs_from=version.signs_from,
            ended_at=version.ended_at,
        )


class CoverageView(View):
    """What is under the newest version, as the last pass found it; `total` is unknown before the first one."""

    share: float
    total: int | None
    on_newest: int | None
    stuck: int
    began_at: Instant | None
    ended_at: Instant | None

    @classmethod
    def of(cls, coverage: Coverage) -> Self:
        """Return the view of what a pass found."""
        return cls(
            share=round(coverage.share, 4),
            total=coverage.total,
            on_newest=coverage.on_newest,
            stuck=coverage.stuck,
            began_at=coverage.began_at,
            ended_at=coverage.ended_at,
        )


class KeyView(View):
    """A key, its newest version first; it gets a successor at `dueAt`."""

    purpose: str
    due_at: Instant
    versions: list[KeyVersionView]
    coverage: CoverageView | None

    @classmethod
    def of(cls, key: KeyOverview) -> Self:
        """Return the view of a key."""
        return cls(
            purpose=key.purpose,
            due_at=key.due_at,
            versions=[KeyVersionView.of(version) for version in key.versions],
            coverage=None if key.coverage is None else CoverageView.of(key.coverage),
        )


class EndpointSecretView(View):
    """A webhook endpoint's signing secret; `pending`: the platform replaced it, and nobody has taken the new one."""

    endpoint_id: str
    created_at: Instant
    due_at: Instant
    previous_expires_at: Instant | None
    pending: bool

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> Self:
        """Return the view of an endpoint's secret."""
        return cls(
            endpoint_id=endpoint.id,
            created_at=endpoint.secret_created_at,
            due_at=secret_due_at(endpoint),
            previous_expires_at=endpoint.previous_expires_at,
            pending=endpoint.secret_pending,
        )


class EncryptionKeysView(View):
    """Every key that concerns the organization."""

    rotating: bool
    data_keys: list[KeyView]
    webhook_secrets: list[EndpointSecretView]
    platform_keys: list[KeyView]

    @classmethod
    def of(cls, overview: Overview) -> Self:
        """Return the view of all keys."""
        return cls(
            rotating=overview.is_rotating,
            data_keys=[KeyView.of(key) for key in overview.data_keys],
            webhook_secrets=[EndpointSecretView.of(endpoint) for endpoint in overview.endpoints],
            platform_keys=[KeyView.of(key) for key in overview.platform_keys],
        )
