"""POST /v1/stock/reconciliation/repairs: set a level to the sum of its movements."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.stock import reconciliation
from nexstock.stock.ledger import StockLedger
from nexstock.stock.reconciliation import Reconciler
from nexstock.stock.repository import StockLevelRepository, StockMovementRepository
from nexstock.stock.schemas import MovementView, RepairStock

app = Api()


@app.post("/v1/stock/reconciliation/repairs", requires=Permission.STOCK_OWNER)
def repair_stock(command: RepairStock, caller: CallerDep) -> Response[MovementView]:
    """Set a stock level to the sum of its movements; for owners.

    Raises:
        InvalidRequest: no such product or warehouse (422).
    """
    reconciler = Reconciler(StockLevelRepository(caller.tenant), StockMovementRepository(caller.tenant))
    movement = reconciliation.repair_stock(command, reconciler=reconciler, ledger=StockLedger(caller.tenant))
    return created(MovementView.of(movement), location=f"/v1/stock/movements?productId={movement.product_id}")


handler = app.handler
