"""POST /v1/products/{product_id}/restore: bring a deleted product back."""

from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import shown
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView
from nexstock.resources import lifecycle

app = Api()


@app.post("/v1/products/{product_id}/restore", requires=Permission.PRODUCTS_WRITE, answers=HTTPStatus.OK)
def restore_product(product_id: str, caller: CallerDep) -> Response[ProductView]:
    """Restore a product.

    Raises:
        NotFound: no such product here, or deleted more than 30 days ago (404).
        SkuTaken: its SKU belongs to another product by now (409).
        BarcodeTaken: one of its barcodes belongs to another product by now (409).
        ComponentUnavailable: a component was deleted, or became a kit (409).
    """
    return shown(ProductView.of(lifecycle.restore(product_id, resources=ProductRepository(caller.tenant))))


handler = app.handler
