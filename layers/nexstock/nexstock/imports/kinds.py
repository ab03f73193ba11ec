"""What a table can be imported as: each kind is one module that turns a row into a command, named here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nexstock.auth.permissions import Permission
from nexstock.auth.principals import Tenant
from nexstock.imports import products
from nexstock.imports.model import Outcome
from nexstock.imports.values import Values
from nexstock.products import table as product_table

Apply = Callable[[Values, Tenant], Outcome]
"""Stages what one row asks for on a tenant's transaction, or raises `RowRefused` or a `Problem`."""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """One kind of table.

    `columns` are the names that a column may have, and `prefixes` how the names of further ones may begin. `key` is the
    column by which a row says what it is about; no two rows of a table may name the same. `read_ahead` reads what the
    changes of some rows will need, in few calls.
    """

    permission: Permission
    columns: frozenset[str]
    prefixes: tuple[str, ...]
    key: str
    read_ahead: Callable[[Tenant, Sequence[Values]], Apply]


IMPORT_KINDS: Final[Mapping[str, ImportKind]] = {
    "products": ImportKind(
        permission=Permission.PRODUCTS_WRITE,
        columns=product_table.COLUMNS,
        prefixes=(product_table.ATTRIBUTE_PREFIX,),
        key=product_table.KEY,
        read_ahead=products.read_ahead,
    ),
}
"""The kinds by their names in the API."""
