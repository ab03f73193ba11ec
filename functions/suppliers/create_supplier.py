"""POST /v1/suppliers: add a supplier to the calling organization's."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.idempotency import Keep
from nexstock.suppliers import service
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import CreateSupplier, SupplierView
from nexstock.suppliers.service import SupplierVault

app = Api()


@app.post("/v1/suppliers", requires=Permission.SUPPLIERS_WRITE, keep=Keep.SEALED)
def create_supplier(command: CreateSupplier, caller: CallerDep) -> Response[SupplierView]:
    """Create a supplier."""
    suppliers, vault = SupplierRepository(caller.tenant), SupplierVault(caller.tenant)
    supplier, details = service.create_supplier(command, suppliers=suppliers, vault=vault)
    return created(SupplierView.of(supplier, details), location=f"/v1/suppliers/{supplier.id}")


handler = app.handler
