"""Twelve clients at once on a few products for a while: nothing is oversold, and all that was answered is true."""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from infra.local.platform.customer import Customer, SignedIn, expect, loopback_address
from infra.local.platform.stack import RunningPlatform

_CLIENTS: Final = 12
_DURATION_S: Final = 12.0
_PRODUCTS: Final = 3
_WAREHOUSES: Final = 2
_FIRST_STOCK: Final = 20
_REFUSALS: Final = frozenset(
    {"insufficient_stock", "invalid_state", "exceeds_remaining", "temporarily_unavailable", "too_many_requests"}
)
"""What a client may be told; anything else is a fault."""

Json = dict[str, Any]


@dataclass
class Shop:
    """What the clients hammer on, and the orders that they have made so far."""

    owner: SignedIn
    products: list[str]
    warehouses: list[str]
    orders: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def an_order(self, chance: random.Random) -> str | None:
        """Return the id of some order; of a new one more often than of an old one."""
        with self.lock:
            recent = self.orders[-20:]
        return chance.choice(recent) if recent else None

    def remember(self, order_id: str) -> None:
        """Let every client have a go at a new order."""
        with self.lock:
            self.orders.append(order_id)


class Client:
    """One client: does one thing after the other, chosen by chance, and counts what it was told."""

    def __init__(self, shop: Shop, http: httpx.Client, key: str, seed: int) -> None:
        self.told: Counter[str] = Counter()
        self.adjusted: Counter[tuple[str, str]] = Counter()
        self._shop, self._http, self._key = shop, http, key
        self._chance = random.Random(seed)  # noqa: S311 (repeatable)

    def run(self, until: float) -> None:
        """Go on until a time."""
        acts = [*[self._order] * 3, self._adjust, self._transfer, *[self._step] * 8]
        while time.monotonic() < until:
            self._chance.choice(acts)()

    def _order(self) -> None:
        products = self._chance.sample(self._shop.products, self._chance.randint(1, _PRODUCTS))
        lines = [{"productId": product, "quantity": self._chance.randint(1, 4)} for product in products]
        warehouse = self._chance.choice(self._shop.warehouses)
        body = {"warehouseId": warehouse, "lines": lines, "confirm": self._chance.random() < 0.7}
        answer = self._post("/v1/orders", body)
        if answer.status_code == 201:
            self._shop.remember(answer.json()["id"])

    def _step(self) -> None:
        order_id = self._shop.an_order(self._chance)
        if order_id is not None:
            name = self._chance.choice(["confirm", "fulfil", "fulfil", "cancel", "return"])
            self._post(f"/v1/orders/{order_id}/{name}", {})

    def _adjust(self) -> None:
        place = self._chance.choice(self._shop.products), self._chance.choice(self._shop.warehouses)
        quantity = self._chance.choice([-5, -3, -1, 2, 4])
        body = {"productId": place[0], "warehouseId": place[1], "quantity": quantity, "reason": "found"}
        if self._post("/v1/stock/adjustments", body).status_code == 201:
            self.adjusted[place] += quantity

    def _transfer(self) -> None:
        product, (one, other) = self._chance.choice(self._shop.products), self._shop.warehouses
        quantity = self._chance.randint(1, 3)
        body = {"productId": product, "fromWarehouseId": one, "toWarehouseId": other, "quantity": quantity}
        if self._post("/v1/stock/transfers", body).status_code == 201:
            self.adjusted[product, one] -= quantity
            self.adjusted[product, other] += quantity

    def _post(self, path: str, body: Json) -> httpx.Response:
        # A client whose answer is lost, or who is told to wait, sends the same once more under the same key.
        headers = {"X-API-Key": self._key, "Idempotency-Key": f"{self._chance.getrandbits(128):x}"}
        for _ in range(5):
            answer = self._http.post(path, headers=headers, json=body)
            if answer.status_code not in {429, 503}:
                break
            time.sleep(float(answer.headers.get("retry-after", "1")))
        self.told["done" if answer.is_success else answer.json()["code"]] += 1
        return answer


def _opened(client: Customer) -> Shop:
    owner = client.new_owner()

    def make(path: str, body: Json) -> str:
        return str(expect(client.http.post(path, headers=owner.headers, json=body), 201).json()["id"])

    price = {"amount": 1999, "currency": "USD"}
    products = [make("/v1/products", {"sku": f"S-{n}", "name": f"Thing {n}", "price": price}) for n in range(_PRODUCTS)]
    warehouses = [make("/v1/warehouses", {"code": f"W{n}", "name": f"Hall {n}"}) for n in range(_WAREHOUSES)]
    for product in products:
        for warehouse in warehouses:
            body = {"productId": product, "warehouseId": warehouse, "quantity": _FIRST_STOCK, "reason": "opening"}
            make("/v1/stock/adjustments", body)
    return Shop(owner, products, warehouses)


def _a_key(client: Customer, shop: Shop) -> str:
    """Return an API key of its own: each has rate limits of its own."""
    body = {"name": "Till", "scope": "write"}
    return str(expect(client.http.post("/v1/api-keys", headers=shop.owner.headers, json=body), 201).json()["key"])


def _listed(client: Customer, shop: Shop, path: str) -> list[Json]:
    found: list[Json] = []
    query: dict[str, str] = {"limit": "100"}
    while True:
        page = expect(client.http.get(path, headers=shop.owner.headers, params=query), 200).json()
        found += page["items"]
        if page["next"] is None:
            return found
        query = {**query, "cursor": page["next"]}


def test_a_crowd_on_a_few_products_oversells_nothing(deployed: RunningPlatform, client: Customer) -> None:
    shop = _opened(client)
    crowd = [Customer(deployed, source=loopback_address()) for _ in range(_CLIENTS)]
    clients = [Client(shop, each.http, _a_key(client, shop), seed) for seed, each in enumerate(crowd)]
    until = time.monotonic() + _DURATION_S
    with ThreadPoolExecutor(_CLIENTS) as threads:
        for running in [threads.submit(each.run, until) for each in clients]:
            running.result()
    for customer in crowd:
        customer.http.close()

    told, adjusted = Counter[str](), Counter[tuple[str, str]]()
    for each in clients:
        told.update(each.told)
        # Not `+`, which leaves out what is below zero.
        adjusted.update(each.adjusted)
    assert set(told) <= {"done"} | _REFUSALS, told
    assert told["done"] > _CLIENTS
    _assert_sound(client, shop, adjusted)


def _assert_sound(client: Customer, shop: Shop, adjusted: Counter[tuple[str, str]]) -> None:
    orders = _listed(client, shop, "/v1/orders")
    assert len({order["number"] for order in orders}) == len(orders)
    assert {order["id"] for order in orders} >= set(shop.orders)
    reserved: dict[tuple[str, str], dict[str, int]] = {}
    kept: Counter[tuple[str, str]] = Counter()
    for order in orders:
        for line in order["lines"]:
            place = (line["productId"], order["warehouseId"])
            kept[place] += line["fulfilled"] - line["returned"]
            if line["reserved"]:
                reserved.setdefault(place, {})[order["id"]] = line["reserved"]
    rows = _listed(client, shop, "/v1/stock/reconciliation")
    assert len(rows) == _PRODUCTS * _WAREHOUSES
    for row in rows:
        place, level = (row["productId"], row["warehouseId"]), row["level"]
        assert row["intact"]
        assert {each["orderId"]: each["quantity"] for each in row["reservations"]} == reserved.get(place, {})
        assert level["onHand"] >= level["reserved"] >= 0
        assert level["onHand"] == _FIRST_STOCK + adjusted[place] - kept[place]
