"""POST /v1/stock/transfers/{transfer_id}/cancel: what has not arrived is back where it left."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.stock.ledger import StockLedger
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import MovedTransferView
from nexstock.transfers.steps import TransferSteps

app = Api()


@app.post(
    "/v1/stock/transfers/{transfer_id}/cancel",
    requires=Permission.STOCK_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def cancel_transfer(transfer_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[MovedTransferView]:
    """Cancel a transfer.

    Raises:
        NotFound: no such transfer here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: nothing of it is on its way any more (409).
    """
    steps = TransferSteps(TransferRepository(caller.tenant), StockLedger(caller.tenant), expected)
    moved = steps.cancel(transfer_id)
    return shown(MovedTransferView.after(moved.transfer, moved.movements))


handler = app.handler
