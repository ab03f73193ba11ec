"""Whether a supplier is here, asked without opening what is sealed of them."""

from nexstock.auth.principals import Tenant
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import SupplierId, is_id
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import TenantItem
from nexstock.persistence.transaction import RawItem


class _SupplierItem(TenantItem):
    class Meta:
        table_name = TABLES.tenants


def require_supplier(tenant: Tenant, supplier_id: str) -> SupplierId:
    """Stage that a supplier is there and not deleted, and return their id.

    It is looked at when all is written, so that nobody deletes the supplier in between.

    Raises:
        InvalidRequest: there is none here; another organization's looks the same. At the commit, if it is an id (422).
    """
    if not is_id(supplier_id, "sup"):
        raise _nobody()
    item = _SupplierItem(tenant_partition(tenant.organization_id, Kind.SUPPLIER), supplier_id)
    is_there = _SupplierItem.pk.exists() & _SupplierItem.deleted_at.does_not_exist()
    tenant.transaction.check(item, condition=is_there, refusal=_refused)
    return SupplierId(supplier_id)


def _refused(_standing: RawItem | None) -> Exception:
    return _nobody()


def _nobody() -> InvalidRequest:
    return InvalidRequest([FieldError("/supplierId", "there is no such thing here")])
