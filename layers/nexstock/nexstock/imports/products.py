"""Tables of products: each row creates the product with its SKU, or changes the one that there is."""

from collections.abc import Callable, Sequence

from pydantic import ValidationError

from nexstock.auth.principals import Tenant
from nexstock.errors import NotFound
from nexstock.imports.model import Outcome
from nexstock.imports.values import RowRefused, Values
from nexstock.products import service
from nexstock.products.errors import BarcodeTaken
from nexstock.products.model import Product
from nexstock.products.repository import ProductRepository
from nexstock.products.schemas import CreateProduct, UpdateProduct
from nexstock.products.table import BARCODES, COLUMN_OF, KEY, barcodes_of, fields_of
from nexstock.stock.repository import StockLevelRepository
from nexstock.suppliers.repository import SupplierRepository


def read_ahead(tenant: Tenant, rows: Sequence[Values]) -> Callable[[Values, Tenant], Outcome]:
    """Read the products that some rows name, and who has the barcodes; return what stages the change of one row."""
    products = ProductRepository(tenant)
    standing = products.by_sku([row[KEY].strip() for row in rows])
    barcodes = _Barcodes(products.owners_of_barcodes([code for row in rows for code in barcodes_of(row)]))

    def apply(row: Values, tenant: Tenant) -> Outcome:
        before = standing.get(row[KEY].strip())
        barcodes.require_free(row, before)
        after, outcome = _apply(row, before, tenant)
        barcodes.pass_on(before, after)
        return outcome

    return apply


class _Barcodes:
    """Who has which barcodes as row after row is staged; the commit still decides, and a dry run has none."""

    def __init__(self, owners: dict[str, str]) -> None:
        self._owners = owners

    def require_free(self, row: Values, product: Product | None) -> None:
        """Let a row go on if its barcodes are nobody else's.

        Raises:
            RowRefused: another product has one of them.
        """
        own = None if product is None else product.id
        if any(self._owners.get(code, own) != own for code in barcodes_of(row)):
            raise RowRefused([(BARCODES, BarcodeTaken.title)])

    def pass_on(self, before: Product | None, after: Product) -> None:
        """Take note of what a row gave up and took."""
        for code in () if before is None else before.barcodes:
            self._owners.pop(code, None)
        self._owners |= dict.fromkeys(after.barcodes, after.id)


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


def _apply(row: Values, standing: Product | None, tenant: Tenant) -> tuple[Product, Outcome]:
    fields, products, suppliers = fields_of(row), ProductRepository(tenant), SupplierRepository(tenant)
    try:
        if standing is None:
            command = CreateProduct.model_validate(fields)
            return service.create_product(command, products=products, suppliers=suppliers), Outcome.CREATED
        patch = UpdateProduct.model_validate(fields)
    except ValidationError as error:
        raise RowRefused.of(error, COLUMN_OF) from None
    known, levels = _OneKnown(products, standing), StockLevelRepository(tenant)
    after = service.update_product(
        standing.id, patch, expected=None, products=known, suppliers=suppliers, levels=levels
    )
    return after, Outcome.UNCHANGED if after == standing else Outcome.UPDATED
