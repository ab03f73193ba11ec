"""What can be done with suppliers."""

from nexstock.auth.principals import Tenant
from nexstock.clock import Clock, utc_now
from nexstock.ids import SupplierId, new_id
from nexstock.persistence.keys import Kind
from nexstock.personal_data.contacts import parted
from nexstock.personal_data.model import ContactDetails
from nexstock.personal_data.vault import Vault
from nexstock.resources.lifecycle import Resources
from nexstock.suppliers.model import Supplier
from nexstock.suppliers.schemas import CreateSupplier


class SupplierVault(Vault[ContactDetails]):
    """The personal data of the suppliers of exactly one organization."""

    def __init__(self, tenant: Tenant) -> None:
        super().__init__(tenant, Kind.SUPPLIER, ContactDetails)


def create_supplier(
    command: CreateSupplier, *, suppliers: Resources[Supplier], vault: SupplierVault, clock: Clock = utc_now
) -> tuple[Supplier, ContactDetails]:
    """Stage a new supplier and return it, with its personal data in clear."""
    now = clock()
    supplier_id = SupplierId(new_id("sup", now))
    personal, others = parted(command.values(), ContactDetails)
    details = ContactDetails(**personal)
    sealed = vault.seal_new(supplier_id, details)
    supplier = Supplier(id=supplier_id, version=1, created_at=now, updated_at=now, details=sealed, **others)
    suppliers.add(supplier)
    return supplier, details
