"""Webhook endpoints in DynamoDB: `ORG#<organization>#WEBHOOK_ENDPOINT` / `<endpoint id>`.

Each stands in GSI4 among those of all organizations, by the age of its secret or by what its owners have to be told of
it, for what the platform does for all of them; deleted ones do not.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from nexstock.clock import to_rfc3339
from nexstock.crypto.stored_keys import stage_end_of_item_key
from nexstock.ids import OrganizationId, WebhookEndpointId
from nexstock.persistence import keys
from nexstock.persistence.indexes import Index, every_entry_until
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, conditional_update, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository
from nexstock.webhooks.model import Untold, WebhookEndpoint, WhyDisabled, secret_place

_PAGE: Final = 100


class WebhookEndpointItem(TenantItem):
    """An endpoint as stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    url = UnicodeAttribute()
    events = text_list()
    description = UnicodeAttribute(null=True)
    enabled = BooleanAttribute()
    ordered = BooleanAttribute(default=False)
    max_per_second = NumberAttribute(attr_name="maxPerSecond", null=True)
    disabled_reason = UnicodeAttribute(attr_name="disabledReason", null=True)
    sealed_secret = BinaryAttribute(attr_name="sealedSecret", legacy_encoding=False)
    sealed_previous_secret = BinaryAttribute(attr_name="sealedPreviousSecret", legacy_encoding=False, null=True)
    rotated_at = InstantAttribute(attr_name="rotatedAt", null=True)
    previous_ends_at = InstantAttribute(attr_name="previousEndsAt", null=True)
    secret_pending = BooleanAttribute(attr_name="secretPending", default=False)
    secret_warned_at = InstantAttribute(attr_name="secretWarnedAt", null=True)
    untold = UnicodeAttribute(null=True)


class SecretList(StrEnum):
    """The lists of endpoints by what is next about their secrets, and what each is sorted by."""

    BY_AGE = keys.WEBHOOK_SECRETS
    """Those that nothing was said about yet, by when the secret was made."""
    WARNED = keys.WEBHOOK_SECRETS_DUE
    """Those whose owners know that the secret is due, by when they were told."""
    UNTOLD = keys.WEBHOOK_SECRETS_UNTOLD
    """Those whose owners have to be told of something, by since when."""


class WebhookEndpointRepository(TenantRepository[WebhookEndpoint, WebhookEndpointItem]):
    """Webhook endpoints of exactly one organization."""

    kind = Kind.WEBHOOK_ENDPOINT
    prefix = "whe"
    item_type = WebhookEndpointItem

    def replace(self, entity: WebhookEndpoint) -> None:
        """Stage the next version of one; the key of one that is deleted goes, since nothing brings it back."""
        super().replace(entity)
        if entity.deleted_at is not None:
            stage_end_of_item_key(secret_place(self._tenant.organization_id, entity.id), self._tenant.transaction)

    def receiving(self, event_type: str) -> list[WebhookEndpoint]:
        """Return the endpoints that an event goes to."""
        return [endpoint for endpoint in self.all() if endpoint.receives(event_type)]

    def all(self) -> list[WebhookEndpoint]:
        """Return every endpoint, newest first."""
        found: list[WebhookEndpoint] = []
        after: str | None = None
        while True:
            page = self.list_newest_first(limit=_PAGE, after=after)
            found += page.items
            if page.last_key is None:
                return found
            after = page.last_key

    def owners_told(self, endpoint: WebhookEndpoint) -> None:
        """Write that the owners know what they had yet to be told; no change of the endpoint, so its version stays."""
        told = self._to_item(replace(endpoint, untold=None))
        conditional_update(
            WebhookEndpointItem(self._pk, endpoint.id),
            [
                WebhookEndpointItem.untold.remove(),
                WebhookEndpointItem.gsi4_pk.set(told.gsi4_pk),
                WebhookEndpointItem.gsi4_sk.set(told.gsi4_sk),
            ],
            # Whatever else is changed meanwhile says nothing about the list; a deleted endpoint stands in none.
            (WebhookEndpointItem.untold == endpoint.untold) & WebhookEndpointItem.deleted_at.does_not_exist(),
        )

    def _to_item(self, entity: WebhookEndpoint) -> WebhookEndpointItem:
        item = WebhookEndpointItem(
            url=entity.url,
            events=list(entity.events),
            description=entity.description,
            enabled=entity.enabled,
            ordered=entity.ordered,
            max_per_second=entity.max_per_second,
            disabled_reason=None if entity.disabled_reason is None else entity.disabled_reason.value,
            event=entity.event,
            sealed_secret=entity.sealed_secret,
            sealed_previous_secret=entity.sealed_previous_secret,
            rotated_at=entity.rotated_at,
            previous_ends_at=entity.previous_expires_at,
            secret_pending=entity.secret_pending,
            secret_warned_at=entity.secret_warned_at,
            untold=None if entity.untold is None else entity.untold.value,
        )
        if entity.deleted_at is None:
            place, since = _listed(entity)
            item.gsi4_pk, item.gsi4_sk = place.value, to_rfc3339(since)
        return item

    def _to_entity(self, item: WebhookEndpointItem) -> WebhookEndpoint:
        return WebhookEndpoint(
            id=WebhookEndpointId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            url=item.url,
            events=tuple(item.events),
            description=item.description,
            enabled=item.enabled,
            ordered=item.ordered,
            max_per_second=None if item.max_per_second is None else int(item.max_per_second),
            disabled_reason=None if item.disabled_reason is None else WhyDisabled(item.disabled_reason),
            sealed_secret=item.sealed_secret,
            sealed_previous_secret=item.sealed_previous_secret,
            rotated_at=item.rotated_at,
            previous_expires_at=item.previous_ends_at,
            secret_pending=item.secret_pending,
            secret_warned_at=item.secret_warned_at,
            untold=None if item.untold is None else Untold(item.untold),
        )


def endpoints_listed(wanted: SecretList, *, until: datetime) -> Iterator[tuple[OrganizationId, str]]:
    """Give the endpoints of a list up to an instant, of whichever organization, the longest there first."""
    for partition, endpoint_id in every_entry_until(Index.GSI4, wanted.value, until=to_rfc3339(until)):
        yield keys.organization_of(partition), endpoint_id


def _listed(endpoint: WebhookEndpoint) -> tuple[SecretList, datetime]:
    if endpoint.untold is not None:
        return SecretList.UNTOLD, endpoint.updated_at
    if endpoint.secret_warned_at is not None:
        return SecretList.WARNED, endpoint.secret_warned_at
    return SecretList.BY_AGE, endpoint.secret_created_at
