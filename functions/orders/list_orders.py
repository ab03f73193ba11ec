"""GET /v1/orders: list the orders, newest first."""

from dataclasses import astuple

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.orders.filters import CustomerParam, NumberParam, StatusParam
from nexstock.orders.repository import OrderFilters, OrderRepository
from nexstock.orders.schemas import OrderView
from nexstock.persistence.cursors import Cursors

app = Api()


@app.get("/v1/orders", requires=Permission.ORDERS_READ)
def list_orders(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    status: StatusParam = None,
    customer_id: CustomerParam = None,
    number: NumberParam = None,
    updated_since: UpdatedSinceParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[OrderView]]:
    """List orders.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    orders, filters = OrderRepository(caller.tenant), OrderFilters(status, customer_id, number, updated_since)
    return listed(
        ListView[OrderView],
        OrderView.of,
        lambda after: orders.list_filtered(filters, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, *astuple(filters)),
        cursor=cursor,
    )


handler = app.handler
