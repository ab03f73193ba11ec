"""POST /v1/warehouses: add a warehouse to the calling organization's."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.warehouses import service
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import CreateWarehouse, WarehouseView

app = Api()


@app.post("/v1/warehouses", requires=Permission.WAREHOUSES_WRITE)
def create_warehouse(command: CreateWarehouse, caller: CallerDep) -> Response[WarehouseView]:
    """Create a warehouse.

    Raises:
        WarehouseCodeTaken: another warehouse has the code (409).
    """
    warehouse = service.create_warehouse(command, warehouses=WarehouseRepository(caller.tenant))
    return created(WarehouseView.of(warehouse), location=f"/v1/warehouses/{warehouse.id}")


handler = app.handler
