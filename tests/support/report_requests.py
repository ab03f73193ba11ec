"""What requests about reports need: something to report."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.support.api import call
from tests.support.people import StaffedOrganization
from tests.support.stock_requests import a_level

Make = Callable[[StaffedOrganization], Any]


def a_low_level(organization: StaffedOrganization) -> str:
    """Have something fall to its reorder point and return its product's id."""
    product_id = a_level(organization)
    path, body = f"/v1/products/{product_id}", {"reorderPoint": 1_000}
    assert call("PATCH", path, token=organization.owner.token, body=body).status == 200
    return product_id


LISTS: Final[Mapping[str, Make]] = {"/v1/reports/low-stock": a_low_level}
"""Lists whose rows name a product, and what makes one of theirs."""

REPORTS: Final = ("/v1/reports/stock-valuation", "/v1/reports/stock-turns", "/v1/reports/sales")
"""Reports that are sums."""
