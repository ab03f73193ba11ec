"""POST /v1/purchase-orders/{purchase_order_id}/submit: order what a draft asks for; it is on its way from now on."""

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
    "/v1/purchase-orders/{purchase_order_id}/submit",
    requires=Permission.PURCHASE_ORDERS_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def submit_purchase_order(
    purchase_order_id: str, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[PurchaseOrderView]:
    """Submit a purchase order.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is no draft (409).
        DependencyDeleted: a product or the warehouse was deleted (409).
    """
    return shown(PurchaseOrderView.of(steps_of(caller.tenant, expected).submit(purchase_order_id)))


handler = app.handler
