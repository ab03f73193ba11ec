"""GET /v1/stock/transfers/{transfer_id}: read one transfer."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.transfers.repository import TransferRepository
from nexstock.transfers.schemas import TransferView

app = Api()


@app.get("/v1/stock/transfers/{transfer_id}", requires=Permission.STOCK_READ)
def get_transfer(transfer_id: str, caller: CallerDep) -> Response[TransferView]:
    """Read a transfer.

    Raises:
        NotFound: no such transfer here (404).
    """
    return shown(TransferView.of(TransferRepository(caller.tenant).get(transfer_id)))


handler = app.handler
