"""DELETE /v1/products/{product_id}: delete a product; it can be restored for 30 days."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import no_content
from nexstock.ids import ProductId
from nexstock.products.repository import ProductRepository
from nexstock.resources import lifecycle
from nexstock.stock.presence import require_no_stock_of
from nexstock.stock.repository import StockLevelRepository

app = Api()


@app.delete("/v1/products/{product_id}", requires=Permission.PRODUCTS_WRITE)
def delete_product(product_id: str, caller: CallerDep, expected: ExpectedVersionDep) -> Response[None]:
    """Delete a product.

    Raises:
        NotFound: no such product here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InUse: it is a component of a kit, or there is stock of it (409).
    """
    lifecycle.delete(product_id, expected=expected, resources=ProductRepository(caller.tenant))
    require_no_stock_of(ProductId(product_id), levels=StockLevelRepository(caller.tenant))
    return no_content()


handler = app.handler
