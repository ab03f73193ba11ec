"""PATCH /v1/stock/counts/{count_id}/lines: record some of what was counted, just now."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts import service
from nexstock.counts.repository import CountLineRepository, CountRepository
from nexstock.counts.schemas import CountView, RecordLines
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.stock.ledger import StockLedger

app = Api()


@app.patch("/v1/stock/counts/{count_id}/lines", requires=Permission.STOCK_WRITE)
def record_count_lines(
    count_id: str, command: RecordLines, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[CountView]:
    """Record counted lines.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `If-Match` names another version of the sheet (412).
        InvalidState: the sheet is not open (409).
        InvalidRequest: a product that is not here, not of the sheet, posted already, or named twice (422).
    """
    count = service.record_lines(
        count_id,
        command,
        expected=expected,
        counts=CountRepository(caller.tenant),
        lines=CountLineRepository(caller.tenant),
        ledger=StockLedger(caller.tenant),
    )
    return shown(CountView.of(count))


handler = app.handler
