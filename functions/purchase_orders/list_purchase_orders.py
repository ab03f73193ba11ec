"""GET /v1/purchase-orders: list the purchase orders, newest first."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.filters import UpdatedSinceParam
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
from nexstock.persistence.cursors import Cursors
from nexstock.purchase_orders.model import PurchaseOrderStatus
from nexstock.purchase_orders.repository import PurchaseOrderFilters, PurchaseOrderRepository
from nexstock.purchase_orders.schemas import PurchaseOrderView

app = Api()

StatusParam = Annotated[PurchaseOrderStatus | None, Query(description="Only those that have come so far.")]
SupplierParam = Annotated[
    str | None, Query(alias="supplierId", max_length=64, description="Only those of this supplier.")
]
NumberParam = Annotated[str | None, Query(max_length=20, description="The one with this number, e.g. PO-1001.")]


@app.get("/v1/purchase-orders", requires=Permission.PURCHASE_ORDERS_READ)
def list_purchase_orders(  # noqa: PLR0913 (the parameters of the route)
    caller: CallerDep,
    status: StatusParam = None,
    supplier_id: SupplierParam = None,
    number: NumberParam = None,
    updated_since: UpdatedSinceParam = None,
    limit: LimitParam = 25,
    cursor: CursorParam = None,
) -> Response[ListView[PurchaseOrderView]]:
    """List purchase orders.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    orders = PurchaseOrderRepository(caller.tenant)
    filters = PurchaseOrderFilters(status, supplier_id, number, updated_since)
    return listed(
        ListView[PurchaseOrderView],
        PurchaseOrderView.of,
        lambda after: orders.list_filtered(filters, limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path, filters),
        cursor=cursor,
    )


handler = app.handler
