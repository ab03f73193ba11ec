"""Fills an organization, one kind of thing after the other, each with a bounded number of requests at once."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from infra.local.demo import words
from infra.local.demo.api import DemoApi
from infra.local.demo.business import Body, Business, Deal
from infra.local.demo.journal import REFUSED, Journal
from infra.local.platform.progress import say

_AT_ONCE: Final = 12
_BAR: Final = 24


@dataclass(frozen=True, slots=True)
class Stage:
    """One kind of thing: how many there are, what makes one, and the route without which there are none."""

    name: str
    count: int
    make: Callable[[int], None]
    route: str


@dataclass(slots=True)
class Filler:
    """Fills one organization with one business.

    Args:
        api: of the organization.
        journal: what was done already.
        business: what is to be made.
        prefix: what the keys of this business's requests begin with.
    """

    api: DemoApi
    journal: Journal
    business: Business
    prefix: str

    def stages(self) -> Sequence[Stage]:
        """Return what is made, in the order in which it is needed."""
        size, business = self.business.size, self.business
        return (
            self._things("warehouses", len(words.WAREHOUSES), business.warehouse, unique="code"),
            self._things("suppliers", size.suppliers, business.supplier),
            self._things("customers", size.customers, business.customer),
            self._things("products", size.products, business.product, unique="sku"),
            Stage("products in stock", size.products, self._open_stock, "/v1/stock/adjustments"),
            Stage("purchase orders", size.purchase_orders, self._purchase, "/v1/purchase-orders"),
            Stage("orders", size.orders, self._order, "/v1/orders"),
            Stage("corrections", size.corrections, self._correct, "/v1/stock/adjustments"),
        )

    def _things(self, kind: str, count: int, body_of: Callable[[int], Body], *, unique: str | None = None) -> Stage:
        path = f"/v1/{kind}"

        def make(number: int) -> None:
            body = body_of(number)
            if self._written(kind, number, path, body) == REFUSED and unique is not None:
                # An earlier run made it, whose journal is gone, or somebody did by hand.
                standing = self.api.read(f"{path}?{urlencode({unique: body[unique]})}")["items"][0]["id"]
                self.journal.note(self._key(kind, number), standing)

        return Stage(kind, count, make, path)

    def _open_stock(self, number: int) -> None:
        for warehouse in self.business.places_of(number):
            place = self._place(number, warehouse)
            body = {**place, **self.business.opening(number, warehouse)}
            self._written("opening", f"{number}-{warehouse}", "/v1/stock/adjustments", body)

    def _purchase(self, number: int) -> None:
        deal = self.business.purchase(number)
        lines = [{**line, "unitCost": self.business.unit_cost(product)} for product, line in self._lines(deal)]
        body = {"supplierId": self._id("suppliers", deal.partner), **self._deal(deal), "lines": lines}
        self._through("/v1/purchase-orders", number, body, deal, partial="receive")

    def _order(self, number: int) -> None:
        deal = self.business.order(number)
        customer = self.journal.find(self._key("customers", deal.partner))
        lines = [line for _, line in self._lines(deal)]
        body = {**self._deal(deal), "lines": lines, **({"customerId": customer} if customer else {})}
        self._through("/v1/orders", number, body, deal, partial="fulfil")

    def _correct(self, number: int) -> None:
        product, body = self.business.correction(number)
        place = self._place(product, self.business.places_of(product)[0])
        self._written("corrections", number, "/v1/stock/adjustments", {**place, **body})

    def _through(self, path: str, number: int, body: Body, deal: Deal, *, partial: str) -> None:
        """Make an order and take it through its steps, up to the first that the platform refuses."""
        identifier = self._written(path, number, path, body)
        product, quantity = deal.lines[0]
        some = {"lines": [{"productId": self._id("products", product), "quantity": max(1, quantity // 2)}]}
        for step in deal.steps:
            if identifier == REFUSED:
                return
            verb, what = (partial, some) if step == "part" else (step, some if step == "return" else {})
            identifier = self._written(f"{path}/{step}", number, f"{path}/{identifier}/{verb}", what)

    def _deal(self, deal: Deal) -> Body:
        return {"warehouseId": self._id("warehouses", deal.warehouse), "reference": deal.reference}

    def _lines(self, deal: Deal) -> Iterator[tuple[int, Body]]:
        for product, quantity in deal.lines:
            yield product, {"productId": self._id("products", product), "quantity": quantity}

    def _place(self, product: int, warehouse: int) -> Body:
        return {"productId": self._id("products", product), "warehouseId": self._id("warehouses", warehouse)}

    def _written(self, kind: str, number: object, path: str, body: Body) -> str:
        return self.api.write(self.journal, self._key(kind, number), path, body)

    def _id(self, kind: str, number: int) -> str:
        return str(self.journal.find(self._key(kind, number)))

    def _key(self, kind: str, number: object) -> str:
        return f"{self.prefix}/{kind}/{number}"


def run(stage: Stage) -> None:
    """Make all things of a stage, showing how far it is; the first fault ends it.

    Raises:
        PlatformFault: the platform refused a request, or does not answer.
    """
    began, done = time.monotonic(), 0
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(_AT_ONCE))
        # A stage that fails does not begin what it has not begun.
        stack.callback(pool.shutdown, wait=True, cancel_futures=True)
        for _ in pool.map(stage.make, range(stage.count)):
            done += 1
            _show(stage, done, time.monotonic() - began)
    took_s = max(time.monotonic() - began, 0.001)
    say(f"\r  ✓ {stage.count:,} {stage.name} ({took_s:.0f} s, {stage.count / took_s:.0f} a second)".ljust(72))


def _show(stage: Stage, done: int, took_s: float) -> None:
    if sys.stdout.isatty():
        bar = "█" * (_BAR * done // stage.count)
        rate = done / max(took_s, 0.001)
        print(f"\r  {bar:░<{_BAR}} {done:,}/{stage.count:,} {stage.name}, {rate:.0f} a second ", end="", flush=True)


def routes_of(document: Any) -> frozenset[str]:  # noqa: ANN401 (an OpenAPI document)
    """Return the paths that something can be sent to."""
    return frozenset(path for path, operations in document["paths"].items() if "post" in operations)
