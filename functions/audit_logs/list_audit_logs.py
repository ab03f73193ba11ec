"""GET /v1/audit-logs: list the audit log, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.repository import AuditRepository
from nexstock.audit.schemas import AuditEntryView
from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam
from nexstock.http.results import ListView, answered
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/audit-logs", requires=Permission.AUDIT_LOGS_ADMIN)
def list_audit_logs(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[AuditEntryView]]:
    """List audit entries.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    cursors = Cursors(caller.tenant.organization_id, app.operation.path)
    position = cursors.open(cursor)
    entries, before = AuditRepository(caller.tenant).list_newest_first(
        limit=limit, before=int(position) if position else None
    )
    items = [AuditEntryView.of(entry) for entry in entries]
    return answered(ListView[AuditEntryView](items=items, next=cursors.seal(str(before) if before else None)))


handler = app.handler
