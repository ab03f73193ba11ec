"""What can be done with webhook endpoints."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import Seal
from nexstock.ids import WebhookEndpointId, new_id
from nexstock.persistence.tenant_items import require_version
from nexstock.webhooks.model import WebhookEndpoint, secret_place
from nexstock.webhooks.schemas import CreateWebhookEndpoint, UpdateWebhookEndpoint
from nexstock.webhooks.signing import new_signing_secret

OVERLAP: Final = timedelta(hours=24)
"""For how long a replaced secret signs beside its successor."""


class WebhookEndpoints(Protocol):
    """The endpoints of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> WebhookEndpoint:
        """Return one that is not deleted, or raise `NotFound`."""

    def add(self, entity: WebhookEndpoint) -> None:
        """Stage a new one."""

    def replace(self, entity: WebhookEndpoint) -> None:
        """Stage the next version of one."""


def create_endpoint(
    command: CreateWebhookEndpoint, *, tenant: Tenant, endpoints: WebhookEndpoints, seal: Seal, clock: Clock = utc_now
) -> tuple[WebhookEndpoint, str]:
    """Stage a new endpoint and return it with its signing secret, which is shown this once."""
    now = clock()
    endpoint_id = WebhookEndpointId(new_id("whe", now))
    secret = new_signing_secret()
    endpoint = WebhookEndpoint(
        id=endpoint_id,
        version=1,
        created_at=now,
        updated_at=now,
        url=command.url,
        events=command.events,
        description=command.description,
        enabled=command.enabled,
        ordered=command.ordered,
        max_per_second=command.max_per_second,
        sealed_secret=seal(secret_place(tenant.organization_id, endpoint_id), secret.encode()),
    )
    endpoints.add(endpoint)
    return endpoint, secret


def update_endpoint(  # noqa: PLR0913 (the parts of an update, and what it needs)
    endpoint_id: str,
    patch: UpdateWebhookEndpoint,
    *,
    expected: int | None,
    endpoints: WebhookEndpoints,
    reset_health: Callable[[str, datetime], None],
    clock: Clock = utc_now,
) -> WebhookEndpoint:
    """Stage a merge patch and return the endpoint as it will be; a patch that changes nothing stages nothing.

    Raises:
        NotFound: no such endpoint here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = endpoints.get(endpoint_id)
    require_version(before, expected)
    changed = replace(before, **patch.changes())
    if changed == before:
        return before
    endpoint = replace(changed, version=before.version + 1, updated_at=clock())
    if endpoint.enabled:
        endpoint = replace(endpoint, disabled_reason=None)
    endpoints.replace(endpoint)
    if (endpoint.url, endpoint.enabled) != (before.url, before.enabled):
        # Whatever went wrong there before says nothing of what begins now.
        reset_health(endpoint.id, endpoint.updated_at)
    return endpoint


def rotate_secret(
    endpoint_id: str, *, tenant: Tenant, endpoints: WebhookEndpoints, seal: Seal, clock: Clock = utc_now
) -> tuple[WebhookEndpoint, str]:
    """Stage a new signing secret for an endpoint and return both; the one so far signs beside it for a day.

    Only one earlier secret does: rotating again within the day ends the one before.

    Raises:
        NotFound: no such endpoint here (404).
    """
    before, now, secret = endpoints.get(endpoint_id), clock(), new_signing_secret()
    endpoint = replace(
        before,
        version=before.version + 1,
        updated_at=now,
        sealed_secret=seal(secret_place(tenant.organization_id, before.id), secret.encode()),
        sealed_previous_secret=before.sealed_secret,
        rotated_at=now,
        previous_expires_at=now + OVERLAP,
    )
    endpoints.replace(endpoint)
    return endpoint, secret


def delete_endpoint(
    endpoint_id: str, *, expected: int | None, endpoints: WebhookEndpoints, clock: Clock = utc_now
) -> None:
    """Stage the end of an endpoint; messages that still wait for it are dropped.

    Raises:
        NotFound: no such endpoint here (404).
        PreconditionFailed: `expected` is not its version (412).
    """
    before = endpoints.get(endpoint_id)
    require_version(before, expected)
    now = clock()
    endpoints.replace(replace(before, version=before.version + 1, updated_at=now, deleted_at=now))
