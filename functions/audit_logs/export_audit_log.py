"""GET /v1/audit-logs/export: the audit log, oldest first, as a table or as entries that can be verified."""

from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.params import AuditFormat
from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.exports import service
from nexstock.exports.answers import export_answer, table_answer
from nexstock.exports.audit_log import audit_pieces
from nexstock.exports.model import ExportScope, Span
from nexstock.exports.repository import ExportRepository
from nexstock.exports.schemas import ExportView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import SinceParam, UntilParam
from nexstock.queues import send
from nexstock.throttling import RateClass

app = Api()

_SCOPES: Final = {"csv": ExportScope.AUDIT_LOG_CSV, "jsonl": ExportScope.AUDIT_LOG_JSONL}


@app.get(
    "/v1/audit-logs/export",
    requires=Permission.AUDIT_LOGS_ADMIN,
    rate=RateClass.EXPORT,
    or_answers=HTTPStatus.ACCEPTED,
)
def export_audit_log(
    caller: CallerDep,
    format: AuditFormat = "jsonl",  # noqa: A002 (the name in the contract)
    since: SinceParam = None,
    until: UntilParam = None,
) -> Response[ExportView | str]:
    """Export the audit log; 202 and then a link where it is too long for one answer."""
    tenant, scope, span = caller.tenant, _SCOPES[format], Span(since, until)
    exports = ExportRepository(tenant)
    pieces = audit_pieces(tenant, scope, span, most=service.MOST_ROWS_AT_ONCE)
    exported = service.export_pieces(scope, span, pieces, tenant=tenant, exports=exports, send=send)
    if isinstance(exported, str):
        return table_answer(exported, scope)
    return export_answer(exported, tenant.organization_id, utc_now())


handler = app.handler
