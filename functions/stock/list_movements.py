"""GET /v1/stock/movements: what moved stock, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import ProductParam, SinceParam, WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.stock.repository import StockMovementRepository
from nexstock.stock.schemas import MovementView

app = Api()


@app.get("/v1/stock/movements", requires=Permission.STOCK_READ)
def list_movements(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    product_id: ProductParam = None,
    warehouse_id: WarehouseParam = None,
    since: SinceParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[MovementView]]:
    """List movements of stock.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    movements = StockMovementRepository(caller.tenant)
    return listed(
        ListView[MovementView],
        MovementView.of,
        lambda after: movements.list_physical(product_id, warehouse_id, since, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, product_id, warehouse_id, since),
        cursor=cursor,
    )


handler = app.handler
