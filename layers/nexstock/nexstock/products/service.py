"""What can be done with products."""

from nexstock.clock import Clock, utc_now
from nexstock.ids import ProductId, new_id
from nexstock.products.model import Product
from nexstock.products.schemas import CreateProduct
from nexstock.resources.lifecycle import Resources


def create_product(command: CreateProduct, *, products: Resources[Product], clock: Clock = utc_now) -> Product:
    """Stage a new product and return it.

    Raises:
        SkuTaken: at the commit, if another product has the SKU (409).
    """
    now = clock()
    product = Product(id=ProductId(new_id("prd", now)), version=1, created_at=now, updated_at=now, **command.values())
    products.add(product)
    return product
