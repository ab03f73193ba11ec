"""GET /v1/reports/stock-turns: how often stock was sold, by warehouse and altogether."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import FromParam, ToParam, WarehouseParam
from nexstock.http.paging import CursorParam
from nexstock.http.results import answered
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence.cursors import Cursors
from nexstock.reports.names import by_id
from nexstock.reports.pages import next_cursor
from nexstock.reports.readings import StockReadings
from nexstock.reports.schemas import TurnsView
from nexstock.reports.spans import Span
from nexstock.reports.turns import begun, sum_up_turnover
from nexstock.warehouses.repository import WarehouseRepository

app = Api()


@app.get("/v1/reports/stock-turns", requires=Permission.REPORTS_READ)
def get_stock_turns(
    caller: CallerDep,
    since: FromParam = None,
    until: ToParam = None,
    warehouse_id: WarehouseParam = None,
    cursor: CursorParam = None,
) -> Response[TurnsView]:
    """Compare what was sold with what lay in stock.

    Raises:
        InvalidCursor: not a cursor of this report (400).
        InvalidRequest: not a span of at most 366 days, or too many warehouses for one report (422).
    """
    tenant, now = caller.tenant, utc_now()
    organization = OrganizationRepository(tenant).own()
    cursors = Cursors(tenant.organization_id, app.operation.path, since, until, warehouse_id)
    span = Span.of(since, until, zone_name=organization.time_zone, now=now)
    so_far = sum_up_turnover(StockReadings(tenant), begun(span, now, cursors.open(cursor)), warehouse_id)
    view = TurnsView.of(
        so_far,
        currency=organization.currency,
        warehouses=by_id(WarehouseRepository(tenant), so_far.turnovers),
        following=next_cursor(cursors, so_far.carried()),
    )
    return answered(view)


handler = app.handler
