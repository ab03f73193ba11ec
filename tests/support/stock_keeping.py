"""Products in warehouses, for tests that move stock: everything through the API."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from typing import Any, Final

from tests.support.api import Reply, call
from tests.support.events import Json
from tests.support.people import StaffedOrganization, an_organization

_NUMBERS: Final = count(100_001)
"""All of one length: what an item costs depends on its size."""


@dataclass(frozen=True)
class Shop:
    """An organization that keeps stock, and what is asked of it as its member."""

    organization: StaffedOrganization

    def send(self, method: str, path: str, body: Any = None, **parts: Any) -> Reply:  # noqa: ANN401 (any JSON value)
        """Send a request as a member."""
        return call(method, path, token=self.organization.member.token, body=body, **parts)

    def product(self, **fields: Any) -> str:  # noqa: ANN401 (fields of a body)
        """Make a product and return its id."""
        number = next(_NUMBERS)
        return self._made("/v1/products", {"sku": f"SKU-{number}", "name": f"Thing {number}", **fields})

    def warehouse(self) -> str:
        """Make a warehouse and return its id."""
        number = next(_NUMBERS)
        return self._made("/v1/warehouses", {"code": f"W{number}", "name": f"Hall {number}"})

    def adjust(self, product_id: str, warehouse_id: str, quantity: float, **fields: Any) -> Reply:  # noqa: ANN401
        """Move stock by a difference."""
        body = {"productId": product_id, "warehouseId": warehouse_id, "quantity": quantity, "reason": "found"}
        return self.send("POST", "/v1/stock/adjustments", {**body, **fields})

    def stocked(self, quantity: float, **fields: Any) -> tuple[str, str]:  # noqa: ANN401 (fields of a body)
        """Return a new product and a new warehouse in which there is some of it."""
        product_id, warehouse_id = self.product(**fields), self.warehouse()
        assert self.adjust(product_id, warehouse_id, quantity).status == 201
        return product_id, warehouse_id

    def level(self, product_id: str, warehouse_id: str) -> Json:
        """Return what the API shows of one level."""
        query = {"productId": product_id, "warehouseId": warehouse_id}
        (level,) = self.send("GET", "/v1/stock", query=query).json["items"]
        return dict(level)

    def movements(self, product_id: str, **query: str) -> list[Json]:
        """Return a product's movements, newest first."""
        found = self.send("GET", "/v1/stock/movements", query={"productId": product_id, "limit": "100", **query})
        return list(found.json["items"])

    def reconciliation(self, **query: str) -> list[Json]:
        """Return the reconciliation of everything, or of what the query names."""
        return list(self.send("GET", "/v1/stock/reconciliation", query={"limit": "100", **query}).json["items"])

    def _made(self, path: str, body: Json) -> str:
        reply = self.send("POST", path, body)
        assert reply.status == 201, reply.text
        return str(reply.json["id"])


def a_shop() -> Shop:
    """Return an organization that keeps stock."""
    return Shop(an_organization())


def total(movements: list[Json], field: str = "quantity") -> Decimal:
    """Return what movements add up to."""
    return sum((Decimal(str(movement[field])) for movement in movements), Decimal(0))
