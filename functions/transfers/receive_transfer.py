"""POST /v1/stock/transfers/{transfer_id}/receive: what was on its way has arrived, all of it or some."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.stock.ledger import StockLedger
from nexstock.transfers import service
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import MovedTransferView, ReceiveTransfer

_ALL = ReceiveTransfer()

app = Api()


@app.post("/v1/stock/transfers/{transfer_id}/receive", requires=Permission.STOCK_WRITE, answers=HTTPStatus.OK)
def receive_transfer(
    transfer_id: str, caller: CallerDep, command: ReceiveTransfer = _ALL
) -> Response[MovedTransferView]:
    """Receive a transfer.

    Raises:
        NotFound: no such transfer here (404).
        InvalidState: nothing of it is on its way any more (409).
        ExceedsRemaining: more is named than is on its way (409).
    """
    transfers = TransferRepository(caller.tenant)
    moved = service.receive_transfer(transfer_id, command, transfers=transfers, ledger=StockLedger(caller.tenant))
    return shown(MovedTransferView.after(moved.transfer, moved.movements))


handler = app.handler
