"""Valid requests for imports and exports, and what they are about."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from nexstock.files.storage import Area, FileStore
from nexstock.http.requests import CSV
from tests.support.imports import created, numbered_products
from tests.support.people import StaffedOrganization

Route = tuple[str, str]


def an_import(organization: StaffedOrganization) -> str:
    """Make an import whose file is there, ready to be started, and return its id."""
    import_id = str(created(organization)["id"])
    FileStore(organization.id, Area.IMPORTS).put(import_id, numbered_products(2).encode(), media_type=CSV)
    return import_id


BODIES: Final[Mapping[Route, Callable[[StaffedOrganization], Any]]] = {
    ("POST", "/v1/imports"): lambda _: {"kind": "products"},
}

TABLES: Final[Mapping[Route, Callable[[], str]]] = {
    ("POST", "/v1/products/import"): lambda: numbered_products(2),
}
"""Bodies that are no JSON."""
