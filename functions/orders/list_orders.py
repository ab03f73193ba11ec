"""GET /v1/orders: list the orders, newest first, or those that filters admit."""

from dataclasses import astuple
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import CustomerParam, UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.orders.filters import OrderFilter
from nexstock.orders.model import OrderStatus
from nexstock.orders.repository import OrderRepository
from nexstock.orders.schemas import OrderNumber, OrderReference, OrderView
from nexstock.persistence.cursors import Cursors

app = Api()

StatusParam = Annotated[OrderStatus | None, Query(description="Only those that have come so far.")]
NumberParam = Annotated[OrderNumber | None, Query(description="Only the order with this number.")]
ReferenceParam = Annotated[OrderReference | None, Query(description="Only those with this reference.")]


@app.get("/v1/orders", requires=Permission.ORDERS_READ)
def list_orders(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
    status: StatusParam = None,
    customer_id: CustomerParam = None,
    number: NumberParam = None,
    reference: ReferenceParam = None,
    updated_since: UpdatedSinceParam = None,
) -> Response[ListView[OrderView]]:
    """List orders.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    wanted = OrderFilter(
        status=status, customer_id=customer_id, number=number, reference=reference, updated_since=updated_since
    )
    orders = OrderRepository(caller.tenant)
    return listed(
        ListView[OrderView],
        OrderView.of,
        lambda after: orders.list_page(wanted, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, *astuple(wanted)),
        cursor=cursor,
    )


handler = app.handler
