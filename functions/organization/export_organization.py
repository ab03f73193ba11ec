"""GET /v1/organization/export: all that the organization owns, as a ZIP by a link that is good for minutes."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.exports import service
from nexstock.exports.answers import export_answer
from nexstock.exports.model import ExportScope
from nexstock.exports.repository import ExportRepository
from nexstock.exports.schemas import ExportView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.queues import send
from nexstock.throttling import RateClass

app = Api()


@app.get(
    "/v1/organization/export",
    requires=Permission.ORGANIZATION_ADMIN,
    rate=RateClass.EXPORT,
    or_answers=HTTPStatus.ACCEPTED,
)
def export_organization(caller: CallerDep) -> Response[ExportView]:
    """Export the organization; 202 until the file is made."""
    exports, scope = ExportRepository(caller.tenant), ExportScope.ORGANIZATION
    export = service.begin_export(scope, tenant=caller.tenant, exports=exports, send=send)
    return export_answer(export, caller.tenant.organization_id, utc_now())


handler = app.handler
