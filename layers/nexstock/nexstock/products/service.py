"""What can be done with products."""

from nexstock.clock import Clock, utc_now
from nexstock.ids import ProductId, new_id
from nexstock.products.model import Product
from nexstock.products.schemas import CreateProduct, UpdateProduct
from nexstock.resources import lifecycle
from nexstock.resources.lifecycle import Resources
from nexstock.stock.reorder_points import Levels, follow_reorder_point


def create_product(command: CreateProduct, *, products: Resources[Product], clock: Clock = utc_now) -> Product:
    """Stage a new product and return it.

    Raises:
        SkuTaken: at the commit, if another product has the SKU (409).
    """
    now = clock()
    product = Product(id=ProductId(new_id("prd", now)), version=1, created_at=now, updated_at=now, **command.values())
    products.add(product)
    return product


def update_product(  # noqa: PLR0913 (who asks for what, and what it changes)
    product_id: str,
    patch: UpdateProduct,
    *,
    expected: int | None,
    products: Resources[Product],
    levels: Levels,
    clock: Clock = utc_now,
) -> Product:
    """Stage a merge patch and return the product as it will be; its stock is judged by the new reorder point.

    Raises:
        NotFound: none here (404).
        PreconditionFailed: `expected` is not its version (412).
        SkuTaken: at the commit, if another product has the SKU (409).
        TooManyChanges: the reorder point changes, and the product lies in more than 90 warehouses (422).
    """
    before = lifecycle.read_version(product_id, expected=expected, resources=products)
    after = lifecycle.stage_change(before, lifecycle.merged(before, patch), resources=products, clock=clock)
    follow_reorder_point(before, after, levels=levels, clock=clock)
    return after
