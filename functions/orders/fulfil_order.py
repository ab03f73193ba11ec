"""POST /v1/orders/{order_id}/fulfil: ship what is reserved, or some of it."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.orders.desk import steps_of
from nexstock.orders.schemas import FulfilOrder, OrderView

app = Api()


@app.post("/v1/orders/{order_id}/fulfil", requires=Permission.ORDERS_WRITE, answers=HTTPStatus.OK, takes_if_match=True)
def fulfil_order(
    order_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[FulfilOrder | None, Body()] = None,
) -> Response[OrderView]:
    """Fulfil an order, or a part of it.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is not confirmed, or nothing is left to be shipped (409).
        ExceedsRemaining: more is named than is left of a line (409).
        InsufficientStock: it was sold before it was there, and is not there yet (409).
        DependencyDeleted: a product or the warehouse is gone (409).
    """
    steps = steps_of(caller.tenant, expected)
    return shown(OrderView.of(steps.fulfil(steps.read(order_id), command or FulfilOrder())))


handler = app.handler
