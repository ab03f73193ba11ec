"""Webhook endpoints in DynamoDB: `ORG#<organization>#WEBHOOK_ENDPOINT` / `<endpoint id>`."""

from typing import Final

from pynamodb.attributes import BinaryAttribute, BooleanAttribute, UnicodeAttribute

from nexstock.ids import WebhookEndpointId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, text_list
from nexstock.persistence.tenant_items import TenantItem, TenantRepository
from nexstock.webhooks.model import WebhookEndpoint

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
    sealed_secret = BinaryAttribute(attr_name="sealedSecret", legacy_encoding=False)


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
            sealed_secret=entity.sealed_secret,
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
            sealed_secret=item.sealed_secret,
        )
