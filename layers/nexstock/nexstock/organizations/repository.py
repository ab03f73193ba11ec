"""Organizations in DynamoDB: `ORG#<organization>#ORGANIZATION` / `<organization id>`."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.ids import OrganizationId
from nexstock.organizations.model import Organization
from nexstock.persistence.keys import Kind
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import TenantItem, TenantRepository


class OrganizationItem(TenantItem):
    """An organization as stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    name = UnicodeAttribute()
    currency = UnicodeAttribute()
    time_zone = UnicodeAttribute(attr_name="timeZone")
    audit_retention_days = NumberAttribute(attr_name="auditRetentionDays")


class OrganizationRepository(TenantRepository[Organization, OrganizationItem]):
    """Exactly one organization's own item."""

    kind = Kind.ORGANIZATION
    prefix = "org"
    item_type = OrganizationItem

    def own(self) -> Organization:
        """Return the organization that this repository is of.

        Raises:
            NotFound: it was deleted a moment ago (404).
        """
        return self.get(self._tenant.organization_id)

    def _to_item(self, entity: Organization) -> OrganizationItem:
        return OrganizationItem(
            name=entity.name,
            currency=entity.currency,
            time_zone=entity.time_zone,
            audit_retention_days=entity.audit_retention_days,
        )

    def _to_entity(self, item: OrganizationItem) -> Organization:
        return Organization(
            id=OrganizationId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
            currency=item.currency,
            time_zone=item.time_zone,
            audit_retention_days=int(item.audit_retention_days),
        )
