"""Webhook endpoints in DynamoDB: `ORG#<organization>#WEBHOOK_ENDPOINT` / `<endpoint id>`."""

from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, NumberAttribute, UnicodeAttribute

from nexstock.ids import WebhookEndpointId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, InstantAttribute, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository
from nexstock.webhooks.model import WebhookEndpoint, WhyDisabled

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


class WebhookEndpointRepository(TenantRepository[WebhookEndpoint, WebhookEndpointItem]):
    """Webhook endpoints of exactly one organization."""

    kind = Kind.WEBHOOK_ENDPOINT
    prefix = "whe"
    item_type = WebhookEndpointItem

    def receiving(self, event_type: str) -> list[WebhookEndpoint]:
        """Return the endpoints that an event goes to."""
        found: list[WebhookEndpoint] = []
        after: str | None = None
        while True:
            page = self.list_newest_first(limit=_PAGE, after=after)
            found += [endpoint for endpoint in page.items if endpoint.receives(event_type)]
            if page.last_key is None:
                return found
            after = page.last_key

    def _to_item(self, entity: WebhookEndpoint) -> WebhookEndpointItem:
        return WebhookEndpointItem(
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
        )

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
        )
