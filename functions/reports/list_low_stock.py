"""GET /v1/reports/low-stock: what is low or out of stock, by warehouse."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.products.repository import ProductRepository
from nexstock.reports import low_stock
from nexstock.reports.schemas import LowStockView
from nexstock.stock.repository import StockLevelRepository

app = Api()


@app.get("/v1/reports/low-stock", requires=Permission.REPORTS_READ)
def list_low_stock(
    caller: CallerDep, warehouse_id: WarehouseParam = None, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[LowStockView]]:
    """List what is low or out of stock.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    levels, products = StockLevelRepository(caller.tenant), ProductRepository(caller.tenant)
    return listed(
        ListView[LowStockView],
        LowStockView.of,
        lambda after: low_stock.list_low_stock(levels, products, warehouse_id, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, warehouse_id),
        cursor=cursor,
    )


handler = app.handler
