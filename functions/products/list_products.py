"""GET /v1/products: list the products, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam
from nexstock.http.results import ListView, answered
from nexstock.persistence.cursors import Cursors
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView

app = Api()


@app.get("/v1/products", requires=Permission.PRODUCTS_READ)
def list_products(
    caller: CallerDep, limit: LimitParam = 25, cursor: CursorParam = None
) -> Response[ListView[ProductView]]:
    """List products.

    Raises:
        InvalidCursor: not a cursor of this list (400).
    """
    cursors = Cursors(caller.tenant.organization_id, app.operation.path)
    page = ProductRepository(caller.tenant).list_newest_first(limit=limit, after=cursors.open(cursor))
    items = [ProductView.of(product) for product in page.items]
    return answered(ListView[ProductView](items=items, next=cursors.seal(page.last_key)))


handler = app.handler
