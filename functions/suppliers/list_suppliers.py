"""GET /v1/suppliers: list the suppliers, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import SearchParam, UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.suppliers.repository import SupplierRepository
from nexstock.suppliers.schemas import SupplierView
from nexstock.suppliers.service import SupplierVault

app = Api()


@app.get("/v1/suppliers", requires=Permission.SUPPLIERS_READ)
def list_suppliers(
    caller: CallerDep,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
    updated_since: UpdatedSinceParam = None,
    search: SearchParam = None,
) -> Response[ListView[SupplierView]]:
    """List suppliers.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    suppliers, vault = SupplierRepository(caller.tenant), SupplierVault(caller.tenant)
    return listed(
        ListView[SupplierView],
        lambda opened: SupplierView.of(*opened),
        lambda after: vault.open_page(
            suppliers.list_page(since=updated_since, search=search, limit=limit, after=after)
        ),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, updated_since, search),
        cursor=cursor,
    )


handler = app.handler
