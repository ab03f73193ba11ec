"""POST /v1/orders/{order_id}/cancel: give up what is still reserved."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.orders.desk import steps_of
from nexstock.orders.schemas import CancelOrder, OrderView

app = Api()


@app.post("/v1/orders/{order_id}/cancel", requires=Permission.ORDERS_WRITE, answers=HTTPStatus.OK, takes_if_match=True)
def cancel_order(
    order_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[CancelOrder | None, Body()] = None,
) -> Response[OrderView]:
    """Cancel an order, or what was not shipped of it.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: all of it was shipped, or it is closed or cancelled already (409).
        DependencyDeleted: a product or the warehouse is gone (409).
    """
    steps = steps_of(caller.tenant, expected)
    return shown(OrderView.of(steps.cancel(steps.read(order_id), command.reason if command else None)))


handler = app.handler
