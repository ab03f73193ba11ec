"""GET /v1/products/export: all products as a table that can be imported again."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.exports import service
from nexstock.exports.answers import export_answer, table_answer
from nexstock.exports.model import ExportScope
from nexstock.exports.repository import ExportRepository
from nexstock.exports.schemas import ExportView
from nexstock.exports.tables import product_rows
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.queues import send
from nexstock.throttling import RateClass

app = Api()


@app.get(
    "/v1/products/export",
    requires=Permission.PRODUCTS_READ,
    rate=RateClass.EXPORT,
    or_answers=HTTPStatus.ACCEPTED,
)
def export_products(caller: CallerDep) -> Response[ExportView | str]:
    """Export the products; 202 and then a link where they are too many for one answer."""
    tenant = caller.tenant
    scope, exports = ExportScope.PRODUCTS, ExportRepository(tenant)
    exported = service.export_table(scope, product_rows(tenant), tenant=tenant, exports=exports, send=send)
    if isinstance(exported, str):
        return table_answer(exported, scope)
    return export_answer(exported, tenant.organization_id, utc_now())


handler = app.handler
