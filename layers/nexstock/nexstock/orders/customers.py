"""Whether a customer is here, asked without opening what is sealed of them."""

from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Tenant
from nexstock.ids import is_id
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import TenantItem


class _CustomerItem(TenantItem):
    class Meta:
        table_name = TABLES.tenants


def is_customer(tenant: Tenant, customer_id: str) -> bool:
    """Tell whether an organization has a customer who is not deleted."""
    if not is_id(customer_id, "cus"):
        return False
    try:
        item = _CustomerItem.get(
            tenant_partition(tenant.organization_id, Kind.CUSTOMER), customer_id, consistent_read=True
        )
    except DoesNotExist:
        return False
    return item.deleted_at is None
