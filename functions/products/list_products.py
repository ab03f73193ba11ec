"""GET /v1/products: list the products, newest first."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.paging import CursorParam, LimitParam, listed
from nexstock.http.results import ListView
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
    repository = ProductRepository(caller.tenant)
    return listed(
        ListView[ProductView],
        ProductView.of,
        lambda after: repository.list_newest_first(limit=limit, after=after),
        cursors=Cursors(caller.tenant.organization_id, app.operation.path),
        cursor=cursor,
    )


handler = app.handler
