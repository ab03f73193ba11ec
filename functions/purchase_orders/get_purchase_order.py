"""GET /v1/purchase-orders/{purchase_order_id}: read one purchase order."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.purchase_orders.repository import PurchaseOrderRepository
from nexstock.purchase_orders.schemas import PurchaseOrderView

app = Api()


@app.get("/v1/purchase-orders/{purchase_order_id}", requires=Permission.PURCHASE_ORDERS_READ)
def get_purchase_order(purchase_order_id: str, caller: CallerDep) -> Response[PurchaseOrderView]:
    """Read a purchase order.

    Raises:
        NotFound: no such order here (404).
    """
    return shown(PurchaseOrderView.of(PurchaseOrderRepository(caller.tenant).get(purchase_order_id)))


handler = app.handler
