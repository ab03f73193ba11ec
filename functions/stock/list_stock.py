"""GET /v1/stock: what there is of a product, in a warehouse, or of everything everywhere."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import ProductParam, WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.stock.repository import StockLevelRepository
from nexstock.stock.schemas import StockLevelView

app = Api()


@app.get("/v1/stock", requires=Permission.STOCK_READ)
def list_stock(
    caller: CallerDep,
    product_id: ProductParam = None,
    warehouse_id: WarehouseParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[StockLevelView]]:
    """List stock levels by product.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    levels = StockLevelRepository(caller.tenant)
    return listed(
        ListView[StockLevelView],
        StockLevelView.of,
        lambda after: levels.list_filtered(product_id, warehouse_id, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, product_id, warehouse_id),
        cursor=cursor,
    )


handler = app.handler
