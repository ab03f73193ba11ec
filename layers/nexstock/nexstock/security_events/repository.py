"""Security events in DynamoDB: `ORG#<organization>#SECURITY_EVENT` / `<event>`, for as long as entries may be due.

They are how what changes nothing comes into the stream, and by it into the audit log: written where it happens, in the
same transaction or by a queue, and removed by TTL when the audit log has long had them.
"""

from datetime import timedelta
from typing import Final

from pynamodb.attributes import UnicodeAttribute

from nexstock.ids import SecurityEventId
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES, TextMapAttribute
from nexstock.persistence.tenant_items import TenantItem, TenantRepository
from nexstock.security_events.model import SecurityAction, SecurityEvent, Subject

KEPT_FOR: Final = timedelta(days=14)
"""Twice as long as the reconciliation of the audit log looks back."""


class SecurityEventItem(TenantItem):
    """An event as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    about_kind = UnicodeAttribute(attr_name="aboutKind")
    about_id = UnicodeAttribute(attr_name="aboutId")
    details = TextMapAttribute()


class SecurityEventRepository(TenantRepository[SecurityEvent, SecurityEventItem]):
    """Security events of exactly one organization, by the tenant's actor."""

    kind = Kind.SECURITY_EVENT
    prefix = "sev"
    item_type = SecurityEventItem

    def _to_item(self, entity: SecurityEvent) -> SecurityEventItem:
        return SecurityEventItem(
            event=entity.action.value,
            about_kind=entity.about.kind,
            about_id=entity.about.id,
            details=dict(entity.details),
            expires_at=int((entity.created_at + KEPT_FOR).timestamp()),
        )

    def _to_entity(self, item: SecurityEventItem) -> SecurityEvent:
        return SecurityEvent(
            id=SecurityEventId(item.sk),
            created_at=item.created_at,
            action=SecurityAction(str(item.event)),
            about=Subject(item.about_kind, item.about_id),
            details=item.details,
        )
