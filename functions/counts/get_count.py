"""GET /v1/stock/counts/{count_id}: read one count sheet, and how far it is."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.counts.repository import CountRepository
from nexstock.counts.schemas import CountView
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown

app = Api()


@app.get("/v1/stock/counts/{count_id}", requires=Permission.STOCK_READ)
def get_count(count_id: str, caller: CallerDep) -> Response[CountView]:
    """Read a count sheet.

    Raises:
        NotFound: no such sheet here (404).
    """
    return shown(CountView.of(CountRepository(caller.tenant).get(count_id)))


handler = app.handler
