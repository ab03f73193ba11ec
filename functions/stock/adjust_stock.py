"""POST /v1/stock/adjustments: correct what lies in a warehouse."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.stock import adjustments
from nexstock.stock.ledger import StockLedger
from nexstock.stock.schemas import AdjustStock, MovementView

app = Api()


@app.post("/v1/stock/adjustments", requires=Permission.STOCK_WRITE)
def adjust_stock(command: AdjustStock, caller: CallerDep) -> Response[MovementView]:
    """Adjust stock by a difference, or to what was counted.

    Raises:
        InvalidRequest: no such product or warehouse (422).
        InsufficientStock: it takes more than is available (409).
    """
    movement = adjustments.adjust_stock(command, ledger=StockLedger(caller.tenant))
    return created(MovementView.of(movement), location=f"/v1/stock/movements?productId={movement.product_id}")


handler = app.handler
