"""POST /v1/suppliers/{supplier_id}/restore: bring a deleted supplier back."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.idempotency import Keep
from nexstock.resources import lifecycle
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import SupplierView
from nexstock.suppliers.service import SupplierVault

app = Api()


@app.post(
    "/v1/suppliers/{supplier_id}/restore", requires=Permission.SUPPLIERS_WRITE, answers=HTTPStatus.OK, keep=Keep.SEALED
)
def restore_supplier(supplier_id: str, caller: CallerDep) -> Response[SupplierView]:
    """Restore a supplier.

    Raises:
        NotFound: no such supplier here, or deleted more than 30 days ago (404).
    """
    supplier = lifecycle.restore(supplier_id, resources=SupplierRepository(caller.tenant))
    return shown(SupplierView.of(supplier, SupplierVault(caller.tenant).open(supplier.id, supplier.details)))


handler = app.handler
