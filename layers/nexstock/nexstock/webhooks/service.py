"""What can be done with webhook endpoints."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import Seal
from nexstock.ids import WebhookEndpointId, new_id
from nexstock.persistence.tenant_items import require_version
from nexstock.webhooks.endpoint_secrets import WebhookEndpoints
from nexstock.webhooks.model import WebhookEndpoint, secret_place
from nexstock.webhooks.schemas import CreateWebhookEndpoint, UpdateWebhookEndpoint
from nexstock.webhooks.signing import new_signing_secret


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
