"""GET /v1/stock/reconciliation: each level beside the sums of its movements."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import ProductParam, WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.stock.reconciliation import Reconciler
from nexstock.stock.reconciliation_schemas import ReconciliationView
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository

app = Api()


@app.get("/v1/stock/reconciliation", requires=Permission.STOCK_READ)
def reconcile_stock(
    caller: CallerDep,
    product_id: ProductParam = None,
    warehouse_id: WarehouseParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[ReconciliationView]]:
    """Compare stock levels with the sums of their movements.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    reconciler = Reconciler(StockLevelRepository(caller.tenant), StockMovementRepository(caller.tenant))
    return listed(
        ListView[ReconciliationView],
        ReconciliationView.of,
        lambda after: reconciler.page(product_id, warehouse_id, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, product_id, warehouse_id),
        cursor=cursor,
    )


handler = app.handler
