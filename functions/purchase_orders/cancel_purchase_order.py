"""POST /v1/purchase-orders/{purchase_order_id}/cancel: expect no more of it; what was received stays."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.purchase_orders.desk import steps_of
from nexstock.purchase_orders.schemas import PurchaseOrderView

app = Api()


@app.post(
    "/v1/purchase-orders/{purchase_order_id}/cancel",
    requires=Permission.PURCHASE_ORDERS_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def cancel_purchase_order(
    purchase_order_id: str, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[PurchaseOrderView]:
    """Cancel a purchase order, or what was not received of it.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: all of it was received, or it is closed or cancelled already (409).
    """
    return shown(PurchaseOrderView.of(steps_of(caller.tenant, expected).cancel(purchase_order_id)))


handler = app.handler
