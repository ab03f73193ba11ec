"""PATCH /v1/suppliers/{supplier_id}: change a supplier by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep
from nexstock.personal_data.contacts import update_contact
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import SupplierView, UpdateSupplier
from nexstock.suppliers.service import SupplierVault

app = Api()


@app.patch("/v1/suppliers/{supplier_id}", requires=Permission.SUPPLIERS_WRITE, keep=Keep.SEALED)
def update_supplier(
    supplier_id: str, patch: UpdateSupplier, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[SupplierView]:
    """Update a supplier.

    Raises:
        NotFound: no such supplier here (404).
        PreconditionFailed: `If-Match` names another version (412).
    """
    suppliers, vault = SupplierRepository(caller.tenant), SupplierVault(caller.tenant)
    supplier, details = update_contact(supplier_id, patch, expected=expected, contacts=suppliers, vault=vault)
    return shown(SupplierView.of(supplier, details))


handler = app.handler
