"""POST /v1/stock/counts: begin a count sheet for a warehouse."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts import service
from nexstock.counts.repository import CountRepository
from nexstock.counts.schemas import CountView, CreateCount
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.warehouses.repository import WarehouseRepository

app = Api()


@app.post("/v1/stock/counts", requires=Permission.STOCK_WRITE)
def create_count(command: CreateCount, caller: CallerDep) -> Response[CountView]:
    """Create a count sheet.

    Raises:
        InvalidRequest: no such warehouse (422).
    """
    counts, warehouses = CountRepository(caller.tenant), WarehouseRepository(caller.tenant)
    count = service.create_count(command, counts=counts, warehouses=warehouses)
    return created(CountView.of(count), location=f"/v1/stock/counts/{count.id}")


handler = app.handler
