"""Exports in DynamoDB: `ORG#<organization>#EXPORT` / `<export>`; which is the newest of a scope, below `#UNIQUE`."""

from datetime import timedelta
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Actor, ActorType, RequestOrigin
from nexstock.errors import NotFound
from nexstock.exports.model import Export, ExportScope, ExportStatus, Span
from nexstock.ids import ExportId
from nexstock.persistence.keys import Kind, tenant_partition, unique_claim
from nexstock.persistence.tables import TABLES, InstantAttribute
from nexstock.persistence.tenant_items import TenantItem, TenantRepository, changed_meanwhile
from nexstock.resources.repository import UniqueClaim

_KEPT_FOR: Final = timedelta(days=30)


class ExportItem(TenantItem):
    """An export as it is stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    scope = UnicodeAttribute()
    status = UnicodeAttribute()
    size = NumberAttribute(null=True)
    since = InstantAttribute(null=True)
    until = InstantAttribute(null=True)


class ExportRepository(TenantRepository[Export, ExportItem]):
    """Exports of exactly one organization."""

    kind = Kind.EXPORT
    prefix = "exp"
    item_type = ExportItem

    def newest(self, scope: ExportScope) -> tuple[Export | None, str | None]:
        """Return the export of a scope that was begun last, if it is kept yet, and its id, if there ever was one."""
        claim = self._newest_of(scope)
        try:
            newest = UniqueClaim.get(claim.pk, claim.sk, consistent_read=True).owner_id
        except DoesNotExist:
            return None, None
        try:
            return self.get(newest), newest
        except NotFound:
            return None, newest

    def add_newest(self, export: Export, *, instead_of: str | None) -> None:
        """Stage a new export as the newest of its scope; it wins only if nobody else began one meanwhile."""
        self.add(export)
        claim = self._newest_of(export.scope)
        claim.owner_id = export.id
        unchanged = UniqueClaim.owner_id == instead_of if instead_of else UniqueClaim.pk.does_not_exist()
        self._tenant.transaction.put(claim, condition=unchanged, refusal=changed_meanwhile)

    def _newest_of(self, scope: ExportScope) -> UniqueClaim:
        partition = tenant_partition(self._tenant.organization_id, Kind.UNIQUE)
        return UniqueClaim(partition, unique_claim(self.kind, "SCOPE", scope), kind=Kind.UNIQUE.value)

    def _to_item(self, entity: Export) -> ExportItem:
        return ExportItem(
            scope=entity.scope.value,
            status=entity.status.value,
            event="export.created" if entity.version == 1 else "export.completed",
            size=entity.size,
            since=entity.span.since,
            until=entity.span.until,
            expires_at=int((entity.created_at + _KEPT_FOR).timestamp()),
        )

    def _to_entity(self, item: ExportItem) -> Export:
        by = item.changed_by.as_dict()
        return Export(
            id=ExportId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            requester=Actor(ActorType(by["type"]), by["id"], by["name"]),
            origin=RequestOrigin(by["requestId"], by["ip"], by["userAgent"]),
            scope=ExportScope(item.scope),
            status=ExportStatus(item.status),
            size=None if item.size is None else int(item.size),
            span=Span(item.since, item.until),
        )
