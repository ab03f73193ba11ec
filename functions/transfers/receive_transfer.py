"""POST /v1/stock/transfers/{transfer_id}/receive: what was on its way has arrived, all of it or some."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.stock.ledger import StockLedger
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import MovedTransferView, ReceiveTransfer
from nexstock.transfers.steps import TransferSteps

app = Api()


@app.post(
    "/v1/stock/transfers/{transfer_id}/receive",
    requires=Permission.STOCK_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def receive_transfer(
    transfer_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[ReceiveTransfer | None, Body()] = None,
) -> Response[MovedTransferView]:
    """Receive a transfer.

    Raises:
        NotFound: no such transfer here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: nothing of it is on its way any more (409).
        ExceedsRemaining: more is named than is on its way (409).
    """
    steps = TransferSteps(TransferRepository(caller.tenant), StockLedger(caller.tenant), expected)
    moved = steps.receive(transfer_id, command.lines if command else None)
    return shown(MovedTransferView.after(moved.transfer, moved.movements))


handler = app.handler
