"""Count sheets for tests: through the API, except for products, of which a large sheet needs hundreds."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from functions.queues import continue_count
from nexstock.clock import utc_now
from nexstock.ids import ProductId, new_id
from nexstock.products.model import Product
from nexstock.products.repository import ProductRepository
from tests.support.api import Reply
from tests.support.events import Context, Json
from tests.support.people import StaffedOrganization
from tests.support.stock_keeping import Shop

T = TypeVar("T")

COUNTS = "/v1/stock/counts"
_LINES_OF_A_REQUEST = 90
_PRODUCTS_OF_A_TRANSACTION = 40


@dataclass(frozen=True)
class Counting:
    """A sheet of a shop, and what is done with it."""

    shop: Shop
    id: str

    def record(self, counted: dict[str, float]) -> Reply:
        """Record what was counted, in requests that are not too large, and return the answer to the last."""
        replies = [self.record_lines(some) for some in in_parts(lines_of(counted), _LINES_OF_A_REQUEST)]
        return replies[-1]

    def record_lines(self, lines: Sequence[Json], **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
        """Record lines in one request."""
        return self.shop.send("PATCH", f"{COUNTS}/{self.id}/lines", {"lines": list(lines)}, **parts)

    def step(self, name: str, **parts: Any) -> Reply:  # noqa: ANN401 (parts of a request)
        """Send a step: post or cancel."""
        return self.shop.send("POST", f"{COUNTS}/{self.id}/{name}", **parts)

    def read(self) -> Json:
        """Return what the API shows of the sheet."""
        return dict(self.shop.send("GET", f"{COUNTS}/{self.id}").json)

    def lines(self) -> dict[str, Json]:
        """Return all lines by product."""
        found: dict[str, Json] = {}
        query = {"limit": "100"}
        while True:
            page = self.shop.send("GET", f"{COUNTS}/{self.id}/lines", query=query).json
            found |= {line["productId"]: line for line in page["items"]}
            if page["next"] is None:
                return found
            query["cursor"] = page["next"]

    def message(self) -> Json:
        """Return what is queued while the sheet is being posted."""
        return {"organizationId": self.shop.organization.id, "countId": self.id}


def a_count(shop: Shop, warehouse_id: str, **fields: Any) -> Counting:  # noqa: ANN401 (fields of a body)
    """Begin a sheet."""
    reply = shop.send("POST", COUNTS, {"warehouseId": warehouse_id, **fields})
    assert reply.status == 201, reply.text
    return Counting(shop, reply.json["id"])


def lines_of(counted: dict[str, float]) -> list[Json]:
    """Return lines of a body."""
    return [{"productId": product_id, "counted": number} for product_id, number in counted.items()]


def in_parts(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """Give some of the items after the other."""
    for first in range(0, len(items), most):
        yield items[first : first + most]


def event_of(message: Json) -> Json:
    """Return the event with which the queue delivers a message."""
    return {"Records": [{"messageId": "1", "body": json.dumps(message)}]}


def many_products(organization: StaffedOrganization, number: int) -> list[str]:
    """Store many products and return their ids."""
    made: list[str] = []
    for some in in_parts(range(number), _PRODUCTS_OF_A_TRANSACTION):
        tenant, now = organization.tenant(), utc_now()
        products = ProductRepository(tenant)
        for _ in some:
            product_id = ProductId(new_id("prd", now))
            products.add(
                Product(id=product_id, version=1, created_at=now, updated_at=now, sku=product_id, name="Thing")
            )
            made.append(product_id)
        tenant.transaction.commit()
    return made


def work_on(message: Json) -> Json:
    """Have the background work through one message and return the batch's answer."""
    return dict(continue_count.handler(event_of(message), Context()))  # type: ignore[arg-type]
