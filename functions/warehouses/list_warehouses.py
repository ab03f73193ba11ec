"""GET /v1/warehouses: list the warehouses, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.warehouses.repository import WarehouseRepository
from nexstock.warehouses.schemas import Code, WarehouseView

app = Api()

CodeParam = Annotated[Code | None, Query(description="Only the warehouse with this code.")]


@app.get("/v1/warehouses", requires=Permission.WAREHOUSES_READ)
def list_warehouses(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None, code: CodeParam = None
) -> Response[ListView[WarehouseView]]:
    """List warehouses.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    repository = WarehouseRepository(caller.tenant)
    return listed(
        ListView[WarehouseView],
        WarehouseView.of,
        lambda after: repository.list_page(code=code, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, f"code={code}"),
        cursor=cursor,
    )


handler = app.handler
