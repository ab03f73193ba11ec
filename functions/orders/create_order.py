"""POST /v1/orders: write an order, as a draft or confirmed at once."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.orders import drafts
from nexstock.orders.desk import desk_of
from nexstock.orders.schemas import CreateOrder, OrderView

app = Api()


@app.post("/v1/orders", requires=Permission.ORDERS_WRITE)
def create_order(command: CreateOrder, caller: CallerDep) -> Response[OrderView]:
    """Create an order; all of its lines or nothing.

    Raises:
        InvalidRequest: something that it names is not here or is not possible (422).
        InsufficientStock: it is to be confirmed, and there is less than it asks for (409).
    """
    order = drafts.create_order(command, desk=desk_of(caller.tenant))
    return created(OrderView.of(order), location=f"/v1/orders/{order.id}")


handler = app.handler
