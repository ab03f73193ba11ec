"""PATCH /v1/purchase-orders/{purchase_order_id}: change a draft by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.purchase_orders import drafts
from nexstock.purchase_orders.desk import desk_of
from nexstock.purchase_orders.schemas import PurchaseOrderView, UpdatePurchaseOrder

app = Api()


@app.patch("/v1/purchase-orders/{purchase_order_id}", requires=Permission.PURCHASE_ORDERS_WRITE)
def update_purchase_order(
    purchase_order_id: str, patch: UpdatePurchaseOrder, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[PurchaseOrderView]:
    """Update a draft of a purchase order.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is no draft any more (409).
        InvalidRequest: something that it names is not here or is not possible (422).
    """
    desk = desk_of(caller.tenant)
    order = drafts.update_purchase_order(purchase_order_id, patch, expected=expected, desk=desk)
    return shown(PurchaseOrderView.of(order))


handler = app.handler
