"""Every key that concerns an organization: how old it is, when it gets a successor, and how far that has come."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.auth.principals import Tenant
from nexstock.crypto import checkpoint_keys, signing_keys
from nexstock.crypto.rotation_progress import find_rotation
from nexstock.crypto.stored_keys import DataKeyItem, stored_data_keys
from nexstock.crypto.stored_secrets import Purpose, stored_versions
from nexstock.encryption.states import Pass, RotationStates, is_running
from nexstock.key_policies import (
    checkpoint_key_age,
    data_key_age,
    platform_secret_age,
    signing_key_age,
    webhook_secret_age,
)
from nexstock.webhooks.model import WebhookEndpoint
from nexstock.webhooks.repository import WebhookEndpointRepository


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVersion:
    """One version of a key: `signs_from` of what is published before, `ended_at` of what is destroyed or disabled."""

    version: str
    id: str | None = None
    created_at: datetime
    signs_from: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the things that a key is for are under its newest version, as the last pass over them found.

    `began_at` is when the pass began, `ended_at` when it came to its end; both None where there is only one version
    yet, under which everything is. `stuck` do not open under any version.
    """

    total: int | None = None
    on_newest: int | None = None
    stuck: int = 0
    began_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def share(self) -> float:
        """The share that is under the newest version, from 0 to 1."""
        if self.total is None or self.on_newest is None:
            return 1.0 if self.began_at is None else 0.0
        return 1.0 if not self.total else min(self.on_newest / self.total, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOverview:
    """One key, its newest version first; `coverage` of those that things are sealed or found under."""

    purpose: str
    versions: tuple[KeyVersion, ...]
    due_at: datetime
    coverage: Coverage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All keys that concern one organization."""

    is_rotating: bool
    data_keys: list[KeyOverview]
    platform_keys: list[KeyOverview]
    endpoints: list[WebhookEndpoint]


def overview_of(tenant: Tenant) -> Overview:
    """Return every key that concerns the tenant's organization; opens none."""
    keys, states = stored_data_keys(tenant.organization_id), RotationStates.of(tenant.organization_id)
    return Overview(
        is_rotating=is_running(keys, states),
        data_keys=_data_keys(keys, states),
        platform_keys=[_access_tokens(), _checkpoints(), *(_secret(purpose) for purpose in Purpose)],
        endpoints=WebhookEndpointRepository(tenant).all(),
    )


def secret_due_at(endpoint: WebhookEndpoint) -> datetime:
    """Return when the signing secret of an endpoint is replaced, unless somebody does so before."""
    return endpoint.secret_due_at(webhook_secret_age())


def _data_keys(keys: list[DataKeyItem], states: RotationStates) -> list[KeyOverview]:
    kinds: dict[str, list[DataKeyItem]] = {}
    for item in keys:
        kinds.setdefault(item.kind, []).insert(0, item)
    return [_data_key(kind, versions, states.passes.get(kind)) for kind, versions in kinds.items()]


def _data_key(kind: str, items: list[DataKeyItem], last: Pass | None) -> KeyOverview:
    newest = items[0]
    versions = tuple(
        KeyVersion(version=item.version, id=item.id, created_at=item.created_at, ended_at=item.destroyed_at)
        for item in items
    )
    if last is not None and last.version == newest.version:
        coverage = Coverage(
            total=last.total if last.ended_at is None else last.seen,
            on_newest=last.seen - last.stuck,
            stuck=last.stuck,
            began_at=last.began_at,
            ended_at=last.ended_at,
        )
    else:
        is_alone = not any(item.is_live for item in items[1:])
        coverage = Coverage(began_at=None if is_alone else newest.created_at)
    return KeyOverview(purpose=kind, versions=versions, due_at=newest.created_at + data_key_age(), coverage=coverage)


def _access_tokens() -> KeyOverview:
    versions = [
        KeyVersion(version=item.sk, id=item.kid, created_at=item.created_at, signs_from=item.signs_from)
        for item in reversed(signing_keys.stored_keys())
    ]
    due_at = versions[0].created_at + signing_key_age()
    return KeyOverview(purpose="access_tokens", versions=tuple(versions), due_at=due_at)


def _checkpoints() -> KeyOverview:
    versions = [
        KeyVersion(version=key.version, created_at=key.created_at, signs_from=key.signs_from, ended_at=key.ended_at)
        for key in reversed(checkpoint_keys.stored_keys())
    ]
    due_at = versions[0].created_at + checkpoint_key_age()
    return KeyOverview(purpose="checkpoints", versions=tuple(versions), due_at=due_at)


def _secret(purpose: Purpose) -> KeyOverview:
    versions = tuple(KeyVersion(version=each.version, created_at=each.created_at) for each in stored_versions(purpose))
    due_at = versions[0].created_at + platform_secret_age()
    coverage = _coverage_of_blind_index() if purpose is Purpose.BLIND_INDEX else None
    return KeyOverview(purpose=purpose, versions=versions, due_at=due_at, coverage=coverage)


def _coverage_of_blind_index() -> Coverage:
    """Return how many organizations' customers are found under the newest version."""
    rotation = find_rotation(Purpose.BLIND_INDEX)
    if rotation is None:
        return Coverage()
    return Coverage(
        total=rotation.organizations,
        on_newest=rotation.organizations if rotation.finished_at else rotation.organizations_done,
        began_at=rotation.started_at,
        ended_at=rotation.finished_at,
    )
