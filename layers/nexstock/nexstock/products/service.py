"""What can be done with products."""

from typing import Protocol

from nexstock.clock import Clock, utc_now
from nexstock.errors import FieldError, InvalidRequest, NotFound
from nexstock.ids import ProductId, new_id
from nexstock.products.kits import Components, require_sound
from nexstock.products.model import Product
from nexstock.products.schemas import CreateProduct, UpdateProduct
from nexstock.resources import lifecycle
from nexstock.resources.lifecycle import Resources
from nexstock.stock import presence, reorder_points
from nexstock.stock.presence import require_no_stock_of
from nexstock.stock.reorder_points import follow_reorder_point
from nexstock.suppliers.model import Supplier


class Products(Resources[Product], Components, Protocol):
    """The products of one organization, as far as the service needs them."""


class Levels(presence.Levels, reorder_points.Levels, Protocol):
    """The stock levels of the organization, as far as the service needs them."""


class Suppliers(Protocol):
    """The suppliers of one organization, as far as products name them."""

    def get(self, entity_id: str) -> Supplier:
        """Return one that is not deleted, or raise `NotFound`."""


def create_product(
    command: CreateProduct, *, products: Products, suppliers: Suppliers, clock: Clock = utc_now
) -> Product:
    """Stage a new product and return it.

    Raises:
        InvalidRequest: there is no such supplier, or it cannot be a kit of these components (422).
        SkuTaken: at the commit, if another product has the SKU (409).
        BarcodeTaken: at the commit, if another product has one of the barcodes (409).
        ComponentUnavailable: at the commit, if a component was deleted or became a kit meanwhile (409).
    """
    now = clock()
    product = Product(id=ProductId(new_id("prd", now)), version=1, created_at=now, updated_at=now, **command.values())
    _require_supplier(product, suppliers)
    require_sound(product, products=products)
    products.add(product)
    return product


def update_product(  # noqa: PLR0913 (who asks for what, and what it changes)
    product_id: str,
    patch: UpdateProduct,
    *,
    expected: int | None,
    products: Products,
    suppliers: Suppliers,
    levels: Levels,
    clock: Clock = utc_now,
) -> Product:
    """Stage a merge patch and return the product as it will be; its stock is judged by the new reorder point.

    A patch that changes nothing stages nothing.

    Raises:
        NotFound: no such product here (404).
        PreconditionFailed: `expected` is not its version (412).
        InvalidRequest: there is no such supplier, or it cannot be a kit of these components (422).
        SkuTaken: at the commit (409).
        BarcodeTaken: at the commit (409).
        ComponentUnavailable: at the commit (409).
        InUse: there is stock of it, and it is to be kept in another way; or, at the commit, it is to become a kit and
            is a component of one (409).
        TooManyChanges: the reorder point changes, and the product lies in more than 90 warehouses (422).
    """
    before = lifecycle.read_version(product_id, expected=expected, resources=products)
    after = lifecycle.merged(before, patch)
    if after.supplier_id != before.supplier_id:
        _require_supplier(after, suppliers)
    if (after.tracking, after.components) != (before.tracking, before.components):
        require_sound(after, products=products)
    if (after.tracking, after.is_kit) != (before.tracking, before.is_kit):
        require_no_stock_of(before.id, levels=levels)
        return lifecycle.stage_change(before, after, resources=products, clock=clock)
    changed = lifecycle.stage_change(before, after, resources=products, clock=clock)
    follow_reorder_point(before, changed, levels=levels, clock=clock)
    return changed


def _require_supplier(product: Product, suppliers: Suppliers) -> None:
    if product.supplier_id is not None:
        try:
            suppliers.get(product.supplier_id)
        except NotFound:
            raise InvalidRequest([FieldError("/supplierId", "there is no such thing here")]) from None
