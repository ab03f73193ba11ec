"""What can be done with warehouses."""

from nexstock.clock import Clock, utc_now
from nexstock.ids import WarehouseId, new_id
from nexstock.resources.lifecycle import Resources
from nexstock.warehouses.model import Warehouse
from nexstock.warehouses.schemas import CreateWarehouse


def create_warehouse(
    command: CreateWarehouse, *, warehouses: Resources[Warehouse], clock: Clock = utc_now
) -> Warehouse:
    """Stage a new warehouse and return it.

    Raises:
        WarehouseCodeTaken: at the commit, if another warehouse has the code (409).
    """
    now = clock()
    warehouse = Warehouse(
        id=WarehouseId(new_id("whs", now)), version=1, created_at=now, updated_at=now, **command.values()
    )
    warehouses.add(warehouse)
    return warehouse
