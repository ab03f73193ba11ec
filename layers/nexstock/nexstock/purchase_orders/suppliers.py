"""The suppliers of purchase orders, asked for without opening what is sealed of them."""

from nexstock.auth.principals import Tenant
from nexstock.errors import FieldError, InvalidRequest
from nexstock.ids import SupplierId, is_id
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.tables import TABLES
from nexstock.persistence.tenant_items import TenantItem
from nexstock.resources.uses import Uses


class _SupplierItem(TenantItem):
    class Meta:
        table_name = TABLES.tenants


class SupplierUses:
    """Which suppliers the open purchase orders of exactly one organization need; nobody deletes these."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._uses = Uses(tenant, Kind.SUPPLIER)

    def keep(self, held: SupplierId | None, wanted: SupplierId | None) -> None:
        """Stage that an order needs another supplier than before, or none any more.

        Raises:
            InvalidRequest: at the commit, if the supplier is not here; another organization's looks the same (422).
        """
        if held == wanted:
            return
        if held is not None:
            self._uses.end(held)
        if wanted is not None:
            self._uses.begin(wanted)
            partition = tenant_partition(self._tenant.organization_id, Kind.SUPPLIER)
            self._tenant.transaction.check(
                _SupplierItem(partition, wanted),
                condition=_SupplierItem.pk.exists() & _SupplierItem.deleted_at.does_not_exist(),
                refusal=lambda _standing: _nobody(),
            )


def supplier_id_of(text: str) -> SupplierId:
    """Return the id of a supplier that a body names.

    Raises:
        InvalidRequest: it is the id of none (422).
    """
    if not is_id(text, "sup"):
        raise _nobody()
    return SupplierId(text)


def _nobody() -> InvalidRequest:
    return InvalidRequest([FieldError("/supplierId", "there is no such thing here")])
