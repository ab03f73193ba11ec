"""GET /v1/stock/counts: list the count sheets, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.counts.model import CountStatus
from nexstock.counts.repository import CountRepository
from nexstock.counts.schemas import CountView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/stock/counts", requires=Permission.STOCK_READ)
def list_counts(
    caller: CallerDep,
    status: Annotated[CountStatus | None, Query(description="Only those in this state.")] = None,
    warehouse_id: WarehouseParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[CountView]]:
    """List count sheets, by status or warehouse.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    counts = CountRepository(caller.tenant)
    return listed(
        ListView[CountView],
        CountView.of,
        lambda after: counts.list_filtered(status, warehouse_id, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, status, warehouse_id),
        cursor=cursor,
    )


handler = app.handler
