"""PATCH /v1/orders/{order_id}: change a draft by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.orders import drafts
from nexstock.orders.desk import desk_of
from nexstock.orders.schemas import OrderView, UpdateOrder

app = Api()


@app.patch("/v1/orders/{order_id}", requires=Permission.ORDERS_WRITE)
def update_order(
    order_id: str, patch: UpdateOrder, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[OrderView]:
    """Update an order that is a draft.

    Raises:
        NotFound: no such order here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidState: it is no draft any more (409).
        InvalidRequest: something that it names is not here or is not possible (422).
    """
    order = drafts.update_order(order_id, patch, expected=expected, desk=desk_of(caller.tenant))
    return shown(OrderView.of(order))


handler = app.handler
