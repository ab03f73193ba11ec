"""PATCH /v1/products/{product_id}: change a product by a JSON merge patch."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep, ExpectedVersionDep
from nexstock.http.results import shown
from nexstock.products import service
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView, UpdateProduct
from nexstock.stock.repository import StockLevelRepository
from nexstock.suppliers.repository import SupplierRepository

app = Api()


@app.patch("/v1/products/{product_id}", requires=Permission.PRODUCTS_WRITE)
def update_product(
    product_id: str, patch: UpdateProduct, caller: CallerDep, expected: ExpectedVersionDep
) -> Response[ProductView]:
    """Update a product.

    Raises:
        NotFound: no such product here (404).
        PreconditionFailed: `If-Match` names another version (412).
        InvalidRequest: there is no such supplier, or it cannot be a kit of these components (422).
        SkuTaken: another product has the new SKU (409).
        BarcodeTaken: another product has one of the new barcodes (409).
        ComponentUnavailable: a component was deleted, or became a kit (409).
        InUse: it is a component of a kit, and cannot become one; or there is stock of it, and it is to be kept in
            another way (409).
        TooManyChanges: the reorder point changes, and the product lies in more than 90 warehouses (422).
    """
    tenant = caller.tenant
    product = service.update_product(
        product_id,
        patch,
        expected=expected,
        products=ProductRepository(tenant),
        suppliers=SupplierRepository(tenant),
        levels=StockLevelRepository(tenant),
    )
    return shown(ProductView.of(product))


handler = app.handler
