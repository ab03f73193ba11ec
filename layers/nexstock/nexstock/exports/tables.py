"""What is exported as a table of its own, row by row; a page of it is read at a time."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeVar

from nexstock.auth.principals import Tenant
from nexstock.exports.model import ExportScope
from nexstock.exports.rows import Row
from nexstock.organizations.repository import OrganizationRepository
from nexstock.persistence.tenant_items import Page
from nexstock.products.model import Product
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import ProductView
from nexstock.products.table import cells_of
from nexstock.reports.names import by_id
from nexstock.reports.sums import rounded
from nexstock.stock.model import StockLevel
from nexstock.stock.repository import StockLevelRepository
from nexstock.warehouses.model import Warehouse
from nexstock.warehouses.repository import WarehouseRepository

_PER_QUERY: Final = 1_000

T = TypeVar("T")


def product_rows(tenant: Tenant) -> Iterator[Row]:
    """Give all products, newest first, as rows that can be imported."""
    products = ProductRepository(tenant)
    entities = all_of(lambda after: products.list_newest_first(limit=_PER_QUERY, after=after))
    return (cells_of(ProductView.of(product)) for product in entities)


def stock_rows(tenant: Tenant) -> Iterator[Row]:
    """Give all stock levels by product; `value` is by the moving average, in minor units, rounded once for each row."""
    products, warehouses, levels = ProductRepository(tenant), WarehouseRepository(tenant), StockLevelRepository(tenant)
    currency = OrganizationRepository(tenant).own().currency
    for page in pages_of(lambda after: levels.list_filtered(None, None, limit=_PER_QUERY, after=after)):
        named = by_id(products, (level.product_id for level in page.items))
        placed = by_id(warehouses, (level.warehouse_id for level in page.items))
        for level in page.items:
            yield _stock_row(level, named.get(level.product_id), placed.get(level.warehouse_id), currency)


TABLES: Final[Mapping[ExportScope, Callable[[Tenant], Iterator[Row]]]] = {
    ExportScope.PRODUCTS: product_rows,
    ExportScope.STOCK: stock_rows,
}
"""What makes the rows of each table."""


def all_of(page: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """Give everything that is read a page at a time."""
    return (entity for found in pages_of(page) for entity in found.items)


def pages_of(page: Callable[[str | None], Page[T]]) -> Iterator[Page[T]]:
    """Give all pages, the first one first."""
    after: str | None = None
    while True:
        found = page(after)
        yield found
        if (after := found.last_key) is None:
            return


def _stock_row(level: StockLevel, product: Product | None, warehouse: Warehouse | None, currency: str) -> Row:
    # What lies in no warehouse any more, and of no product, is nothing: such levels are empty.
    return {
        "sku": None if product is None else product.sku,
        "name": None if product is None else product.name,
        "warehouseCode": None if warehouse is None else warehouse.code,
        "onHand": level.on_hand,
        "reserved": level.reserved,
        "incoming": level.incoming,
        "available": level.available,
        "value": rounded(level.valuation.average),
        "currency": currency,
    }
