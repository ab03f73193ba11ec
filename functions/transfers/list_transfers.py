"""GET /v1/stock/transfers: list the transfers, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import UpdatedSinceParam, WarehouseParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.transfers.model import TransferStatus
from nexstock.transfers.repository import TransferFilters, TransferRepository
from nexstock.transfers.schemas import TransferView

app = Api()


@app.get("/v1/stock/transfers", requires=Permission.STOCK_READ)
def list_transfers(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    status: Annotated[TransferStatus | None, Query(description="Only those in this state.")] = None,
    warehouse_id: WarehouseParam = None,
    updated_since: UpdatedSinceParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[TransferView]]:
    """List transfers, by status, warehouse or time of the last change.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    transfers = TransferRepository(caller.tenant)
    filters = TransferFilters(status, warehouse_id, updated_since)
    return listed(
        ListView[TransferView],
        TransferView.of,
        lambda after: transfers.list_filtered(filters, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, status, warehouse_id, updated_since),
        cursor=cursor,
    )


handler = app.handler
