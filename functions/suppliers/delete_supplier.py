"""DELETE /v1/suppliers/{supplier_id}: delete a supplier; it can be restored for 30 days."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.resources import lifecycle
from nexstock.suppliers.repository import SupplierRepository

app = Api()


@app.delete("/v1/suppliers/{supplier_id}", requires=Permission.SUPPLIERS_WRITE)
def delete_supplier(supplier_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Delete a supplier.

    Raises:
        NotFound: no such supplier here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InUse: an open purchase order is placed with it (409).
    """
    lifecycle.delete(supplier_id, expected=expected, resources=SupplierRepository(caller.tenant))
    return no_content()


handler = app.handler
