"""GET /v1/stock/lots: what there is of each lot, and until when it is good."""

from datetime import date
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import ProductParam, WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.stock.lots import LotRepository
from nexstock.stock.tracking_schemas import LotView

app = Api()

ExpiringParam = Annotated[
    date | None, Query(alias="expiringBy", description="Only those that expire until this day, the first ones first.")
]


@app.get("/v1/stock/lots", requires=Permission.STOCK_READ)
def list_lots(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    product_id: ProductParam = None,
    warehouse_id: WarehouseParam = None,
    expiring_by: ExpiringParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[LotView]]:
    """List lots.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    lots = LotRepository(caller.tenant)
    return listed(
        ListView[LotView],
        LotView.of,
        lambda after: lots.list_filtered(product_id, warehouse_id, expiring_by, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, product_id, warehouse_id, expiring_by),
        cursor=cursor,
    )


handler = app.handler
