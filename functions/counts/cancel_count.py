"""POST /v1/stock/counts/{count_id}/cancel: end a count sheet without posting what is left of it."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts import service
from nexstock.counts.repository import CountRepository
from nexstock.counts.schemas import CountView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown

app = Api()


@app.post(
    "/v1/stock/counts/{count_id}/cancel",
    requires=Permission.STOCK_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def cancel_count(count_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[CountView]:
    """Cancel a count sheet.

    Raises:
        NotFound: no such sheet here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is not open (409).
    """
    counts = CountRepository(caller.tenant)
    return shown(CountView.of(service.cancel_count(count_id, expected=expected, counts=counts)))


handler = app.handler
