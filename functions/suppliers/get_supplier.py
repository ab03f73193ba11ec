"""GET /v1/suppliers/{supplier_id}: read one supplier."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import SupplierView
from nexstock.suppliers.service import SupplierVault

app = Api()


@app.get("/v1/suppliers/{supplier_id}", requires=Permission.SUPPLIERS_READ)
def get_supplier(supplier_id: str, caller: CallerDep) -> Response[SupplierView]:
    """Read a supplier.

    Raises:
        NotFound: no such supplier here (404).
    """
    vault = SupplierVault(caller.tenant)
    supplier = vault.read(supplier_id, SupplierRepository(caller.tenant))
    return shown(SupplierView.of(supplier, vault.open(supplier.id, supplier.details)))


handler = app.handler
