"""Organizations in DynamoDB: `ORG#<organization>#ORGANIZATION` / `<organization id>`.

Each stands in GSI4 among all organizations, for what the platform does for all of them; deleted ones do not.
"""

import zlib
from typing import Final

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from nexstock.config import aws_region
from nexstock.ids import OrganizationId
from nexstock.organizations.model import Organization
from nexstock.persistence.indexes import Index, entries_after
from nexstock.persistence.keys import Kind, organization_of, organizations_shard
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import TenantItem, TenantRepository

SHARDS: Final = 8
_COUNTED_AT_ONCE: Final = 1000


class OrganizationItem(TenantItem):
    """An organization as stored."""

    class Meta:
        """The organizations' table."""

        table_name = TABLES.tenants

    name = UnicodeAttribute()
    currency = UnicodeAttribute()
    time_zone = UnicodeAttribute(attr_name="timeZone")
    audit_retention_days = NumberAttribute(attr_name="auditRetentionDays")
    # Missing where the organization is older than the attribute: its table has never been in another region.
    region = UnicodeAttribute(null=True)


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
        item = OrganizationItem(
            name=entity.name,
            currency=entity.currency,
            time_zone=entity.time_zone,
            audit_retention_days=entity.audit_retention_days,
            region=entity.region,
        )
        if entity.deleted_at is None:
            item.gsi4_pk, item.gsi4_sk = organizations_shard(zlib.crc32(entity.id.encode()) % SHARDS), entity.id
        return item

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
            region=item.region or aws_region(),
        )


def organizations_in(shard: int, *, limit: int, after: str | None) -> tuple[list[OrganizationId], str | None]:
    """Return up to `limit` organizations of a shard of all, and the one after which more stand (None: nowhere)."""
    found = entries_after(Index.GSI4, organizations_shard(shard), after=after or "", limit=limit + 1)
    ids = [organization_of(partition) for partition, _ in found]
    return ids[:limit], ids[limit - 1] if len(ids) > limit else None


def count_organizations() -> int:
    """Return how many there are, as far as the index has them."""
    return sum(_count_in(shard) for shard in range(SHARDS))


def _count_in(shard: int) -> int:
    count, after = 0, ""
    while found := entries_after(Index.GSI4, organizations_shard(shard), after=after, limit=_COUNTED_AT_ONCE):
        count, after = count + len(found), organization_of(found[-1][0])
    return count
