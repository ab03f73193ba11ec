"""POST /v1/stock/transfers: move stock from one warehouse to another, at once or in transit."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.stock.ledger import StockLedger
from nexstock.transfers import service
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import CreateTransfer, MovedTransferView

app = Api()


@app.post("/v1/stock/transfers", requires=Permission.STOCK_WRITE)
def create_transfer(command: CreateTransfer, caller: CallerDep) -> Response[MovedTransferView]:
    """Transfer stock.

    Raises:
        InvalidRequest: no such product or warehouse, or the same warehouse twice (422).
        InsufficientStock: more is to leave than is available (409).
    """
    transfers = TransferRepository(caller.tenant)
    moved = service.create_transfer(command, transfers=transfers, ledger=StockLedger(caller.tenant))
    view = MovedTransferView.after(moved.transfer, moved.movements)
    return created(view, location=f"/v1/stock/transfers/{view.id}")


handler = app.handler
