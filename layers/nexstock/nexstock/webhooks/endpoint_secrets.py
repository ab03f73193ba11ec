"""What happens to a webhook endpoint's secret: somebody replaces it, or the platform does and somebody takes it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.crypto.places import Seal, SealedPlace
from nexstock.webhooks.errors import SecretAlreadyShown
from nexstock.webhooks.model import Untold, WebhookEndpoint, secret_place
from nexstock.webhooks.signing import new_signing_secret

OVERLAP: Final = timedelta(hours=24)
"""For how long a secret that somebody replaced signs beside its successor."""

OVERLAP_WHEN_DUE: Final = timedelta(days=30)
"""For how long at least one does that the platform replaced, because nobody was there to take the new one."""

DUE_EVENT: Final = "webhook_endpoint.secret_due"
REVEALED_EVENT: Final = "webhook_endpoint.secret_revealed"


class WebhookEndpoints(Protocol):
    """The endpoints of one organization, as far as the service needs them."""

    def get(self, entity_id: str) -> WebhookEndpoint:
        """Return one that is not deleted, or raise `NotFound`."""

    def add(self, entity: WebhookEndpoint) -> None:
        """Stage a new one."""

    def replace(self, entity: WebhookEndpoint) -> None:
        """Stage the next version of one."""


class Open(Protocol):
    """Opens what was sealed for a place."""

    def __call__(self, place: SealedPlace, ciphertext: bytes) -> bytes:
        """Return the plaintext."""


def rotate_secret(
    endpoint_id: str, *, tenant: Tenant, endpoints: WebhookEndpoints, seal: Seal, clock: Clock = utc_now
) -> tuple[WebhookEndpoint, str]:
    """Stage a new signing secret for an endpoint and return both; the one so far signs beside it for a day.

    Only one earlier secret does: rotating again within the day ends the one before. A secret that nobody has taken is
    no receiver's, so the one that receivers have signs on in its place.

    Raises:
        NotFound: no such endpoint here (404).
    """
    before, now = endpoints.get(endpoint_id), clock()
    in_use = before.sealed_previous_secret if before.secret_pending else before.sealed_secret
    endpoint, secret = _with_new_secret(before, in_use, now + OVERLAP, now, tenant, seal)
    endpoints.replace(endpoint)
    return endpoint, secret


def warn_of_due_secret(before: WebhookEndpoint, now: datetime) -> WebhookEndpoint:
    """Return an endpoint whose owners are told that the platform will replace its secret."""
    return replace(
        before,
        version=before.version + 1,
        updated_at=now,
        secret_warned_at=now,
        untold=Untold.DUE,
        event=DUE_EVENT,
    )


def replace_due_secret(
    before: WebhookEndpoint, *, tenant: Tenant, seal: Seal, max_age: timedelta, now: datetime
) -> WebhookEndpoint:
    """Return an endpoint with a new secret that nobody has seen yet; the one so far signs on until it is taken.

    It signs for no longer than until the next replacement is due.
    """
    endpoint, _secret = _with_new_secret(before, before.sealed_secret, now + max_age, now, tenant, seal)
    return replace(endpoint, secret_pending=True, untold=Untold.REPLACED)


def reveal_secret(
    endpoint_id: str, *, tenant: Tenant, endpoints: WebhookEndpoints, open_sealed: Open, clock: Clock = utc_now
) -> tuple[WebhookEndpoint, str]:
    """Stage that the secret which the platform made is taken, and return both; the one before has its end from now on.

    Raises:
        NotFound: no such endpoint here (404).
        SecretAlreadyShown: whoever made or took the present secret has seen it (409).
    """
    before, now = endpoints.get(endpoint_id), clock()
    if not before.secret_pending:
        raise SecretAlreadyShown
    secret = open_sealed(secret_place(tenant.organization_id, before.id), before.sealed_secret).decode()
    enough = max(before.secret_created_at + OVERLAP_WHEN_DUE, now + OVERLAP)
    endpoint = replace(
        before,
        version=before.version + 1,
        updated_at=now,
        secret_pending=False,
        previous_expires_at=min(before.previous_expires_at or enough, enough),
        event=REVEALED_EVENT,
    )
    endpoints.replace(endpoint)
    return endpoint, secret


def _with_new_secret(  # noqa: PLR0913 (the parts of a secret, and what it needs)
    before: WebhookEndpoint, in_use: bytes | None, until: datetime, now: datetime, tenant: Tenant, seal: Seal
) -> tuple[WebhookEndpoint, str]:
    """Return an endpoint with a new secret, beside which the one in use signs until an instant."""
    secret = new_signing_secret()
    endpoint = replace(
        before,
        version=before.version + 1,
        updated_at=now,
        sealed_secret=seal(secret_place(tenant.organization_id, before.id), secret.encode()),
        sealed_previous_secret=in_use,
        rotated_at=now,
        previous_expires_at=until,
        secret_pending=False,
        secret_warned_at=None,
        untold=None,
    )
    return endpoint, secret
