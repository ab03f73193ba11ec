"""Organizations in DynamoDB: `ORG#<organization>#ORGANIZATION` / `<organization id>`."""

from pynamodb.attributes import UnicodeAttribute

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


class OrganizationRepository(TenantRepository[Organization, OrganizationItem]):
    """Exactly one organization's own item."""

    kind = Kind.ORGANIZATION
    prefix = "org"
    item_type = OrganizationItem

    def _to_item(self, entity: Organization) -> OrganizationItem:
        return OrganizationItem(name=entity.name)

    def _to_entity(self, item: OrganizationItem) -> Organization:
        return Organization(
            id=OrganizationId(item.sk),
            version=int(item.version),
            created_at=item.created_at,
            updated_at=item.updated_at,
            deleted_at=item.deleted_at,
            name=item.name,
        )
