"""POST /v1/orders/{order_id}/return: take back what was shipped, or some of it."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.orders.desk import steps_of
from nexstock.orders.schemas import OrderView, ReturnOrder

app = Api()


@app.post("/v1/orders/{order_id}/return", requires=Permission.ORDERS_WRITE, answers=HTTPStatus.OK, takes_if_match=True)
def return_order(
    order_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[ReturnOrder | None, Body()] = None,
) -> Response[OrderView]:
    """Take an order back, or a part of it.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: nothing was shipped that has not come back (409).
        ExceedsRemaining: more is named than was shipped and has not come back (409).
        DependencyDeleted: a product or the warehouse is gone (409).
    """
    steps = steps_of(caller.tenant, expected)
    return shown(OrderView.of(steps.take_back(steps.read(order_id), command or ReturnOrder())))


handler = app.handler
