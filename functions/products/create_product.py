"""POST /v1/products: add a product to the calling organization's catalogue."""

from aws_lambda_powertools.event_handler import Response

from nexstock.auth.permissions import Permission
from nexstock.http.api import Api
from nexstock.http.dependencies import CallerDep
from nexstock.http.results import created
from nexstock.products import service
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct, ProductView
from nexstock.suppliers.repository import SupplierRepository

app = Api()


@app.post("/v1/products", requires=Permission.PRODUCTS_WRITE)
def create_product(command: CreateProduct, caller: CallerDep) -> Response[ProductView]:
    """Create a product.

    Raises:
        InvalidRequest: there is no such supplier, or it cannot be a kit of these components (422).
        SkuTaken: another product has the SKU (409).
        BarcodeTaken: another product has one of the barcodes (409).
        ComponentUnavailable: a component was deleted, or became a kit (409).
    """
    products, suppliers = ProductRepository(caller.tenant), SupplierRepository(caller.tenant)
    product = service.create_product(command, products=products, suppliers=suppliers)
    return created(ProductView.of(product), location=f"/v1/products/{product.id}")


handler = app.handler
