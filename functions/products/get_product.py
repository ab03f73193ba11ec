"""GET /v1/products/{product_id}: read one product."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView

app = Api()


@app.get("/v1/products/{product_id}", requires=Permission.PRODUCTS_READ)
def get_product(product_id: str, caller: CallerDep) -> Response[ProductView]:
    """Read a product.

    Raises:
        NotFound: no such product here (404).
    """
    return shown(ProductView.of(ProductRepository(caller.tenant).get(product_id)))


handler = app.handler
