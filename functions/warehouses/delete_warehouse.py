"""DELETE /v1/warehouses/{warehouse_id}: delete a warehouse; it can be restored for 30 days."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.ids import WarehouseId
from nexstock.resources import lifecycle
from nexstock.stock.presence import require_no_stock_in
from nexstock.stock.repository import StockLevelRepository
from nexstock.warehouses.repository import WarehouseRepository

app = Api()


@app.delete("/v1/warehouses/{warehouse_id}", requires=Permission.WAREHOUSES_WRITE)
def delete_warehouse(warehouse_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Delete a warehouse.

    Raises:
        NotFound: no such warehouse here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InUse: there is stock in it (409).
    """
    lifecycle.delete(warehouse_id, expected=expected, resources=WarehouseRepository(caller.tenant))
    require_no_stock_in(WarehouseId(warehouse_id), levels=StockLevelRepository(caller.tenant))
    return no_content()


handler = app.handler
