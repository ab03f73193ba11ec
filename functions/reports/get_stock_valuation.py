"""GET /v1/reports/stock-valuation: what stock is worth, by warehouse and altogether."""

from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import WarehouseParam
from nexstock.http.paging import CursorParam
from nexstock.http.results import answered
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence.cursors import Cursors
from nexstock.products.repository import ProductRepository
from nexstock.reports.names import by_id
from nexstock.reports.pages import next_cursor
from nexstock.reports.readings import StockReadings
from nexstock.reports.schemas import ValuationView
from nexstock.reports.valuation import Method, value_stock
from nexstock.warehouses.repository import WarehouseRepository

MethodParam = Annotated[Method, Query(description="Moving average, or first in, first out.")]
DetailParam = Annotated[Literal["products"] | None, Query(description="Show each product in each warehouse, too.")]

app = Api()


@app.get("/v1/reports/stock-valuation", requires=Permission.REPORTS_READ)
def get_stock_valuation(
    caller: CallerDep,
    warehouse_id: WarehouseParam = None,
    method: MethodParam = Method.AVERAGE,
    detail: DetailParam = None,
    cursor: CursorParam = None,
) -> Response[ValuationView]:
    """Value what lies in stock.

    Raises:
        InvalidCursor: not a cursor of this report (400).
        InvalidRequest: there are too many warehouses for one report (422).
    """
    tenant, shows_levels = caller.tenant, detail is not None
    cursors = Cursors(tenant.organization_id, app.operation.path, warehouse_id, method, detail)
    carried = cursors.open(cursor)
    so_far = value_stock(StockReadings(tenant), method, warehouse_id, shows_levels=shows_levels, carried=carried)
    ids = [level.product_id for level in so_far.levels]
    view = ValuationView.of(
        so_far,
        method=method,
        currency=OrganizationRepository(tenant).own().currency,
        warehouses=by_id(WarehouseRepository(tenant), so_far.worths),
        products=by_id(ProductRepository(tenant), ids) if shows_levels else None,
        following=next_cursor(cursors, so_far.carried()),
    )
    return answered(view)


handler = app.handler
