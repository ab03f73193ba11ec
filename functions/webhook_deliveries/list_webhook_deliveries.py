"""GET /v1/webhook-deliveries: list what was sent to webhook endpoints in the last 30 days, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import SinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.webhooks.delivery_log import DeliveryFilter, DeliveryLog
from nexstock.webhooks.delivery_schemas import DeliveryView, EndpointParam, StatusParam

app = Api()


@app.get("/v1/webhook-deliveries", requires=Permission.WEBHOOK_DELIVERIES_ADMIN)
def list_webhook_deliveries(  # noqa: PLR0913 (the parts of a query)
    caller: CallerDep,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
    endpoint_id: EndpointParam = None,
    status: StatusParam = None,
    since: SinceParam = None,
) -> Response[ListView[DeliveryView]]:
    """List deliveries.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    log, wanted = DeliveryLog(caller.tenant), DeliveryFilter(endpoint_id, status, since)
    return listed(
        ListView[DeliveryView],
        DeliveryView.of,
        lambda after: log.list(wanted, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, endpoint_id, status, since),
        cursor=cursor,
    )


handler = app.handler
