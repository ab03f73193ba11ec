"""POST /v1/orders/{order_id}/confirm: reserve what a draft asks for."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.orders.desk import steps_of
from nexstock.orders.schemas import ConfirmOrder, OrderView

app = Api()


@app.post("/v1/orders/{order_id}/confirm", requires=Permission.ORDERS_WRITE, answers=HTTPStatus.OK, takes_if_match=True)
def confirm_order(
    order_id: str,
    caller: CallerDep,
    expected: ExpectedVersionDep,
    command: Annotated[ConfirmOrder | None, Body()] = None,
) -> Response[OrderView]:
    """Confirm an order: what it asks for is reserved.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is no draft (409).
        InsufficientStock: there is less than it asks for; every shortage is named (409).
        DependencyDeleted: a product or the warehouse is gone (409).
    """
    steps = steps_of(caller.tenant, expected)
    return shown(OrderView.of(steps.confirm(steps.read(order_id), command.reserved_until if command else None)))


handler = app.handler
