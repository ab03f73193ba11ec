"""PATCH /v1/warehouses/{warehouse_id}: change a warehouse by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.resources import lifecycle
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import UpdateWarehouse, WarehouseView

app = Api()


@app.patch("/v1/warehouses/{warehouse_id}", requires=Permission.WAREHOUSES_WRITE)
def update_warehouse(
    warehouse_id: str, patch: UpdateWarehouse, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[WarehouseView]:
    """Update a warehouse.

    Raises:
        NotFound: no such warehouse here (404).
        PreconditionFailed: `If-Match` names another version (412).
        WarehouseCodeTaken: another warehouse has the code (409).
    """
    warehouses = WarehouseRepository(caller.tenant)
    return shown(WarehouseView.of(lifecycle.update(warehouse_id, patch, expected=expected, resources=warehouses)))


handler = app.handler
