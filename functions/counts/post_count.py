"""POST /v1/stock/counts/{count_id}/post: post the differences; what is more than one slice, in the background."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts import posting
from nexstock.counts.repository import CountLineRepository, CountRepository
from nexstock.counts.schemas import CountView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.queues import send
from nexstock.stock.ledger import StockLedger

app = Api()


@app.post(
    "/v1/stock/counts/{count_id}/post",
    requires=Permission.STOCK_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def post_count(count_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[CountView]:
    """Post a count sheet.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is posted or cancelled (409).
    """
    count = posting.post_count(
        count_id,
        expected=expected,
        organization_id=caller.tenant.organization_id,
        counts=CountRepository(caller.tenant),
        lines=CountLineRepository(caller.tenant),
        ledger=StockLedger(caller.tenant),
        enqueue=send,
    )
    return shown(CountView.of(count))


handler = app.handler
