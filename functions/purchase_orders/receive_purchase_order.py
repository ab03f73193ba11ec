"""POST /v1/purchase-orders/{purchase_order_id}/receive: what was on its way is there, all of it or some."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.purchase_orders.desk import steps_of
from nexstock.purchase_orders.schemas import PurchaseOrderView, ReceivePurchaseOrder

app = Api()


@app.post(
    "/v1/purchase-orders/{purchase_order_id}/receive",
    requires=Permission.PURCHASE_ORDERS_WRITE,
    answers=HTTPStatus.OK,
    takes_if_match=True,
)
def receive_purchase_order(
    purchase_order_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[ReceivePurchaseOrder | None, Body()] = None,
) -> Response[PurchaseOrderView]:
    """Receive a purchase order.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is not submitted, or nothing of it is on its way any more (409).
        ExceedsRemaining: more is named than is on its way (409).
    """
    steps = steps_of(caller.tenant, expected)
    return shown(PurchaseOrderView.of(steps.receive(purchase_order_id, command.lines if command else None)))


handler = app.handler
