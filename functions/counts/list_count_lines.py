"""GET /v1/stock/counts/{count_id}/lines: list what was counted, by product."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts.repository import CountLineRepository, CountRepository
from nexstock.counts.schemas import CountLineView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/stock/counts/{count_id}/lines", requires=Permission.STOCK_READ)
def list_count_lines(
    count_id: str, caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[CountLineView]]:
    """List the lines of a count sheet.

    Raises:
        NotFound: no such sheet here (404).
        InvalidCursor: not a cursor of this list (400).
    """
    count, lines = CountRepository(caller.tenant).get(count_id), CountLineRepository(caller.tenant)
    return listed(
        ListView[CountLineView],
        CountLineView.of,
        lambda after: lines.list_of(count.id, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, count.id),
        cursor=cursor,
    )


handler = app.handler
