"""A product as a row of a table: the same columns in and out, so that what was exported imports as it was."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nexstock.files.cells import Cell, as_integer, as_truth, joined, parted
from nexstock.products.schemas import ProductView

KEY: Final = "sku"
BARCODES: Final = "barcodes"
ATTRIBUTE_PREFIX: Final = "attributes."

_Read = Callable[[str], Any]
_Write = Callable[[ProductView], Cell]

_FIELDS: Final[Mapping[str, tuple[str, _Read, _Write]]] = {
    "sku": ("sku", str, lambda product: product.sku),
    "name": ("name", str, lambda product: product.name),
    "description": ("description", str, lambda product: product.description),
    "unit": ("unit", str, lambda product: product.unit),
    "priceAmount": ("price/amount", as_integer, lambda product: product.price.amount if product.price else None),
    "priceCurrency": ("price/currency", str, lambda product: product.price.currency if product.price else None),
    "costAmount": ("cost/amount", as_integer, lambda product: product.cost.amount if product.cost else None),
    "costCurrency": ("cost/currency", str, lambda product: product.cost.currency if product.cost else None),
    BARCODES: ("barcodes", parted, lambda product: joined(product.barcodes)),
    "category": ("category", str, lambda product: product.category),
    "reorderPoint": ("reorderPoint", str, lambda product: product.reorder_point),
    "reorderQuantity": ("reorderQuantity", str, lambda product: product.reorder_quantity),
    "allowBackorder": ("allowBackorder", as_truth, lambda product: product.allow_backorder),
    "tracking": ("tracking", str, lambda product: product.tracking.value),
    "archived": ("archived", as_truth, lambda product: product.archived),
}
"""Each column with its place in a command, how its cell is read, and how it is written."""

COLUMNS: Final = frozenset(_FIELDS)
COLUMN_OF: Final[Mapping[str, str]] = {path: column for column, (path, _read, _write) in _FIELDS.items()}
"""The column of each field of a command, by the field's path."""


def cells_of(product: ProductView) -> dict[str, Cell]:
    """Return a product as a row."""
    fields = {column: write(product) for column, (_path, _read, write) in _FIELDS.items()}
    return {**fields, **{f"{ATTRIBUTE_PREFIX}{name}": text for name, text in product.attributes.items()}}


def barcodes_of(row: Mapping[str, str]) -> list[str]:
    """Return the barcodes that a row names, valid or not."""
    return [code.strip() for code in parted(row.get(BARCODES, ""))]


def fields_of(row: Mapping[str, str]) -> dict[str, Any]:
    """Return the body of a request that says what the cells of a row say; validating it is the schema's affair."""
    fields: dict[str, Any] = {}
    for column, text in row.items():
        if column.startswith(ATTRIBUTE_PREFIX):
            fields.setdefault("attributes", {})[column.removeprefix(ATTRIBUTE_PREFIX)] = text
            continue
        path, read, _write = _FIELDS[column]
        name, _, part = path.partition("/")
        if part:
            fields.setdefault(name, {})[part] = read(text)
        else:
            fields[name] = read(text)
    return fields
