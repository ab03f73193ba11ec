"""POST /v1/warehouses/{warehouse_id}/restore: bring a deleted warehouse back."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.resources import lifecycle
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import WarehouseView

app = Api()


@app.post("/v1/warehouses/{warehouse_id}/restore", requires=Permission.WAREHOUSES_WRITE, answers=HTTPStatus.OK)
def restore_warehouse(warehouse_id: str, caller: CallerDep) -> Response[WarehouseView]:
    """Restore a warehouse.

    Raises:
        NotFound: no such warehouse here, or deleted more than 30 days ago (404).
        WarehouseCodeTaken: another warehouse has the code (409).
    """
    return shown(WarehouseView.of(lifecycle.restore(warehouse_id, resources=WarehouseRepository(caller.tenant))))


handler = app.handler
