"""GET /v1/audit-logs: list the audit log, newest first."""

from dataclasses import astuple

from aws_lambda_powertools.event_handler import Response

from nexstock.audit.filters import AuditFilter
from nexstock.audit.params import ActionParam, ActorIdParam, ResourceIdParam, ResourceParam
from nexstock.audit.schemas import AuditEntryView
from nexstock.audit.search import AuditSearch
from nexstock.auth.permissions import Permission
from nexstock.clock import utc_now
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import SinceParam, UntilParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.security_events.telling import tell_of_reading

app = Api()


@app.get("/v1/audit-logs", requires=Permission.AUDIT_LOGS_ADMIN)
def list_audit_logs(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    resource: ResourceParam = None,
    resource_id: ResourceIdParam = None,
    actor_id: ActorIdParam = None,
    action: ActionParam = None,
    since: SinceParam = None,
    until: UntilParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[AuditEntryView]]:
    """List audit entries.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    wanted = AuditFilter(
        resource=resource, resource_id=resource_id, actor_id=actor_id, action=action, since=since, until=until
    )
    tell_of_reading(caller.tenant, "list", utc_now())
    return listed(
        ListView[AuditEntryView],
        AuditEntryView.of,
        lambda after: AuditSearch(caller.tenant).page(wanted, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, *astuple(wanted)),
        cursor=cursor,
    )


handler = app.handler
