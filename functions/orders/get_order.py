"""GET /v1/orders/{order_id}: read one order."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.orders.repository import OrderRepository
from nexstock.orders.schemas import OrderView

app = Api()


@app.get("/v1/orders/{order_id}", requires=Permission.ORDERS_READ)
def get_order(order_id: str, caller: CallerDep) -> Response[OrderView]:
    """Read an order.

    Raises:
        NotFound: no such order here (404).
    """
    return shown(OrderView.of(OrderRepository(caller.tenant).get(order_id)))


handler = app.handler
