"""POST /v1/purchase-orders: draft a purchase order."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.purchase_orders import drafts
from nexstock.purchase_orders.desk import desk_of
from nexstock.purchase_orders.schemas import CreatePurchaseOrder, PurchaseOrderView

app = Api()


@app.post("/v1/purchase-orders", requires=Permission.PURCHASE_ORDERS_WRITE)
def create_purchase_order(command: CreatePurchaseOrder, caller: CallerDep) -> Response[PurchaseOrderView]:
    """Create a purchase order.

    Raises:
        InvalidRequest: something that it names is not here or is not possible (422).
    """
    order = drafts.create_purchase_order(command, desk=desk_of(caller.tenant))
    return created(PurchaseOrderView.of(order), location=f"/v1/purchase-orders/{order.id}")


handler = app.handler
