"""GET /v1/audit-logs/{entry_id}: read one audit entry."""

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.repository import AuditRepository
from nexstock.audit.schemas import AuditEntryView
from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import answered
from nexstock.security_events.telling import tell_of_reading

app = Api()


@app.get("/v1/audit-logs/{entry_id}", requires=Permission.AUDIT_LOGS_ADMIN)
def get_audit_log(entry_id: str, caller: CallerDep) -> Response[AuditEntryView]:
    """Read an audit entry.

    Raises:
        NotFound: no such entry here (404).
    """
    entry = AuditRepository(caller.tenant).get(entry_id)
    tell_of_reading(caller.tenant, "entry", utc_now())
    return answered(AuditEntryView.of(entry))


handler = app.handler
