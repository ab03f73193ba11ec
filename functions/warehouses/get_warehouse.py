"""GET /v1/warehouses/{warehouse_id}: read one warehouse."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import WarehouseView

app = Api()


@app.get("/v1/warehouses/{warehouse_id}", requires=Permission.WAREHOUSES_READ)
def get_warehouse(warehouse_id: str, caller: CallerDep) -> Response[WarehouseView]:
    """Read a warehouse.

    Raises:
        NotFound: no such warehouse here (404).
    """
    return shown(WarehouseView.of(WarehouseRepository(caller.tenant).get(warehouse_id)))


handler = app.handler
