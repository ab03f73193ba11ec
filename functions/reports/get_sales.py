"""GET /v1/reports/sales: what was sold in each period, what it had cost, and what is left of it."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import FromParam, ToParam, WarehouseParam
from nexstock.http.paging import CursorParam
from nexstock.http.results import answered
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence.cursors import Cursors
from nexstock.reports.readings import StockReadings
from nexstock.reports.sales import SalesReport
from nexstock.reports.schemas import SalesReportView
from nexstock.reports.spans import Interval, Span

IntervalParam = Annotated[Interval, Query(description="How long each period is, by the organization's calendar.")]

app = Api()


@app.get("/v1/reports/sales", requires=Permission.REPORTS_READ)
def get_sales(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    since: FromParam = None,
    until: ToParam = None,
    interval: IntervalParam = Interval.DAY,
    warehouse_id: WarehouseParam = None,
    cursor: CursorParam = None,
) -> Response[SalesReportView]:
    """Sum up sales by period.

    Raises:
        InvalidCursor: not a cursor of this report (400).
        InvalidRequest: not a span of at most 366 days (422).
    """
    tenant = caller.tenant
    organization = OrganizationRepository(tenant).own()
    cursors = Cursors(tenant.organization_id, app.operation.path, since, until, interval, warehouse_id)
    span = Span.of(since, until, zone_name=organization.time_zone, now=utc_now())
    report = SalesReport(StockReadings(tenant), interval, warehouse_id, currency=organization.currency)
    so_far = report.summed_up(span, cursors.open(cursor))
    following = cursors.seal(so_far.carried)
    return answered(SalesReportView.of(so_far, interval=interval, own=organization.currency, following=following))


handler = app.handler
