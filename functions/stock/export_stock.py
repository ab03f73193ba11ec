"""GET /v1/stock/export: all stock levels as a table."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.exports import service
from nexstock.exports.answers import export_answer, table_answer
from nexstock.exports.model import ExportScope
from nexstock.exports.repository import ExportRepository
from nexstock.exports.schemas import ExportView
from nexstock.exports.tables import stock_rows
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.queues import send
from nexstock.throttling import RateClass

app = Api()


@app.get(
    "/v1/stock/export",
    requires=Permission.STOCK_READ,
    rate=RateClass.EXPORT,
    or_answers=HTTPStatus.ACCEPTED,
)
def export_stock(caller: CallerDep) -> Response[ExportView | str]:
    """Export the stock levels; 202 and then a link where they are too many for one answer."""
    tenant = caller.tenant
    scope, exports = ExportScope.STOCK, ExportRepository(tenant)
    exported = service.export_table(scope, stock_rows(tenant), tenant=tenant, exports=exports, send=send)
    if isinstance(exported, str):
        return table_answer(exported, scope)
    return export_answer(exported, tenant.organization_id, utc_now())


handler = app.handler
