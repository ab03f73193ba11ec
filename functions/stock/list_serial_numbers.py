"""GET /v1/stock/serial-numbers: where each unit is, or what it went with."""

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
from nexstock.stock.serial_numbers import SerialNumberRepository
from nexstock.stock.tracking_schemas import SerialNumberView

app = Api()

SerialParam = Annotated[str | None, Query(max_length=64, description="Only this serial number, of any product.")]


@app.get("/v1/stock/serial-numbers", requires=Permission.STOCK_READ)
def list_serial_numbers(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    product_id: ProductParam = None,
    warehouse_id: WarehouseParam = None,
    serial: SerialParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[SerialNumberView]]:
    """List serial numbers; those of a warehouse are those that are there now.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    units = SerialNumberRepository(caller.tenant)
    return listed(
        ListView[SerialNumberView],
        SerialNumberView.of,
        lambda after: units.list_filtered(product_id, warehouse_id, serial, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, product_id, warehouse_id, serial),
        cursor=cursor,
    )


handler = app.handler
