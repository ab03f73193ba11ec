"""Secrets of webhook endpoints that nobody replaces: the owners are told, and 30 days later the platform does it.

Each step is one version of the endpoint, written only if it is still as it was read; the lists of the index follow from
it. Owners are told afterwards, and the endpoint stands in a list of its own until they are: a run that ends in between
is made up for by the next, and one that ends after the mails sends them again (docs/adr/0024-secrets-age-out.md).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nexstock.auth.principals import Tenant, system_tenant
from nexstock.clock import to_rfc3339
from nexstock.crypto.places import Seal
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId
from nexstock.mail.outbox import Template
from nexstock.observability import log_fault
from nexstock.persistence.transaction import repeated
from nexstock.webhooks.endpoint_secrets import replace_due_secret, warn_of_due_secret
from nexstock.webhooks.model import WARNED_AHEAD, Untold, WebhookEndpoint
from nexstock.webhooks.owners import PostMail, tell_owners
from nexstock.webhooks.repository import SecretList, WebhookEndpointRepository, endpoints_listed

_MOST_AT_ONCE: Final = 200
_MOST_OF_ONE: Final = 5
"""Endpoints of one organization in an hour: an owner's address takes ten mails, and needs some for other things."""

_TEMPLATES: Final = {
    Untold.DUE: Template.WEBHOOK_SECRET_DUE,
    Untold.REPLACED: Template.WEBHOOK_SECRET_REPLACED,
}
_NOBODY_TOOK_IT: Final = (
    "Nobody has taken the present secret since we made it, so your server still verifies by the one before, which ends "
    "with that."
)


@dataclass(frozen=True, slots=True)
class SecretsAging:
    """A run over all endpoints whose secrets are due.

    Args:
        post: queues a mail.
        seal: seals a new secret.
        max_age: how old a secret may get.
        now: the present instant.
    """

    post: PostMail
    seal: Seal
    max_age: timedelta
    now: datetime

    def run(self) -> int:
        """Do what is due, up to some hundred endpoints and a few of each organization; return how many they were.

        One that fails is left for the next run, and holds up no other.
        """
        seen_to: Counter[OrganizationId] = Counter()
        for organization_id, endpoint_id, see_to in self._due():
            if seen_to.total() == _MOST_AT_ONCE:
                break
            if seen_to[organization_id] == _MOST_OF_ONE:
                continue
            try:
                seen_to[organization_id] += see_to(organization_id, endpoint_id)
            except Exception as error:  # noqa: BLE001 (whatever it was, the endpoint stays in its list)
                log_fault("secret of an endpoint not seen to", error)
        return seen_to.total()

    def _due(self) -> Iterator[tuple[OrganizationId, str, Callable[[OrganizationId, str], bool]]]:
        lists = (
            (SecretList.UNTOLD, self.now, self._tell),
            (SecretList.WARNED, self.now - WARNED_AHEAD, self._replace),
            (SecretList.BY_AGE, self.now - self.max_age + WARNED_AHEAD, self._warn),
        )
        for wanted, until, see_to in lists:
            for organization_id, endpoint_id in endpoints_listed(wanted, until=until):
                yield organization_id, endpoint_id, see_to

    def _warn(self, organization_id: OrganizationId, endpoint_id: str) -> bool:
        def warned(before: WebhookEndpoint, _tenant: Tenant) -> WebhookEndpoint | None:
            is_due = before.secret_warned_at is None and self.now >= self._due_at(before) - WARNED_AHEAD
            return warn_of_due_secret(before, self.now) if is_due else None

        return self._change(organization_id, endpoint_id, warned)

    def _replace(self, organization_id: OrganizationId, endpoint_id: str) -> bool:
        def replaced(before: WebhookEndpoint, tenant: Tenant) -> WebhookEndpoint | None:
            if before.secret_warned_at is None or self.now < self._due_at(before):
                return None
            return replace_due_secret(before, tenant=tenant, seal=self.seal, max_age=self.max_age, now=self.now)

        return self._change(organization_id, endpoint_id, replaced)

    def _change(
        self,
        organization_id: OrganizationId,
        endpoint_id: str,
        changed: Callable[[WebhookEndpoint, Tenant], WebhookEndpoint | None],
    ) -> bool:
        """Write what is to be changed, if it still is, and tell the owners; tell whether it was."""

        def write() -> bool:
            tenant = system_tenant(organization_id, "webhooks")
            endpoints = WebhookEndpointRepository(tenant)
            try:
                after = changed(endpoints.get(endpoint_id), tenant)
            except NotFound:
                return False
            if after is not None:
                endpoints.replace(after)
                tenant.transaction.commit()
            return after is not None

        return repeated(write) and self._tell(organization_id, endpoint_id)

    def _tell(self, organization_id: OrganizationId, endpoint_id: str) -> bool:
        endpoints = WebhookEndpointRepository(system_tenant(organization_id, "webhooks"))
        try:
            endpoint = endpoints.get(endpoint_id)
        except NotFound:
            return False
        # The index may be a moment behind.
        if endpoint.untold is None:
            return False
        values = {
            "due": to_rfc3339(self._due_at(endpoint)),
            "until": to_rfc3339(endpoint.previous_expires_at or self.now),
            "pending": _NOBODY_TOOK_IT if endpoint.secret_pending else "",
        }
        template = _TEMPLATES[endpoint.untold]
        tell_owners(organization_id, endpoint, template, values, post=self.post, now=self.now)
        endpoints.owners_told(endpoint)
        return True

    def _due_at(self, endpoint: WebhookEndpoint) -> datetime:
        return endpoint.secret_due_at(self.max_age)
