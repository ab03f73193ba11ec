"""Tables of products: each row creates the product with its SKU, or changes the one that there is."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from nexstock.auth.principals import Tenant
from nexstock.errors import NotFound
from nexstock.imports.model import Outcome
from nexstock.imports.values import RowRefused, Values
from nexstock.products import service
from nexstock.products.model import Product
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct, UpdateProduct
from nexstock.products.table import COLUMN_OF, KEY, fields_of
from nexstock.stock.repository import StockLevelRepository
from nexstock.suppliers.repository import SupplierRepository


def read_ahead(tenant: Tenant, rows: Sequence[Values]) -> Callable[[Values, Tenant], Outcome]:
    """Read the products that some rows name, and return what stages the change of one row."""
    standing = ProductRepository(tenant).by_sku([row[KEY].strip() for row in rows])

    def apply(row: Values, tenant: Tenant) -> Outcome:
        return _apply(row, standing.get(row[KEY].strip()), tenant)

    return apply


class _OneKnown:
    """Products of which one was read before: a change of it wins only if it is still what it was then."""

    def __init__(self, products: ProductRepository, known: Product) -> None:
        self._products, self._known = products, known

    def get(self, entity_id: str) -> Product:
        """Return the one that was read before.

        Raises:
            NotFound: another one was asked for (404).
        """
        if entity_id != self._known.id:
            raise NotFound
        return self._known

    def get_even_deleted(self, entity_id: str) -> Product:
        """Return the one that was read before, which is not deleted.

        Raises:
            NotFound: another one was asked for (404).
        """
        return self.get(entity_id)

    def get_many(self, sort_keys: Sequence[str]) -> list[Product]:
        """Return those that are here and not deleted."""
        return self._products.get_many(sort_keys)

    def add(self, entity: Product) -> None:
        """Stage a new one."""
        self._products.add(entity)

    def change(self, before: Product, after: Product) -> None:
        """Stage the next version of one."""
        self._products.change(before, after)


def _apply(row: Values, standing: Product | None, tenant: Tenant) -> Outcome:
    fields, products, suppliers = fields_of(row), ProductRepository(tenant), SupplierRepository(tenant)
    try:
        if standing is None:
            service.create_product(CreateProduct.model_validate(fields), products=products, suppliers=suppliers)
            return Outcome.CREATED
        patch = UpdateProduct.model_validate(fields)
    except ValidationError as error:
        raise RowRefused.of(error, COLUMN_OF) from None
    known, levels = _OneKnown(products, standing), StockLevelRepository(tenant)
    after = service.update_product(
        standing.id, patch, expected=None, products=known, suppliers=suppliers, levels=levels
    )
    return Outcome.UNCHANGED if after == standing else Outcome.UPDATED
