"""Nothing is oversold in whichever order requests' calls of the table come: every order of two, some of three."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest

from nexstock.clock import to_rfc3339, utc_now
from nexstock.orders.expiry import expire_reservations
from tests.support.api import invoke
from tests.support.containers import a_container, authorized
from tests.support.depth import sampled
from tests.support.events import Json
from tests.support.interleavings import every_schedule, play, some_schedules
from tests.support.orders import ORDERS, USD, order_body, ordered, part, step
from tests.support.stock_keeping import Shop, a_shop

pytestmark = pytest.mark.usefixtures("platform")

_STOCK: Final = 5
_HOUR: Final = timedelta(hours=1)

Action = Callable[[], str]


@dataclass
class Scene:
    """Five units of a product in a warehouse, and orders of them, each with the product for a reference."""

    shop: Shop
    product: str
    warehouse: str

    def ordered(self, quantity: int, *, confirm: bool = True, **fields: Any) -> Json:  # noqa: ANN401
        """Write an order of so many."""
        fields = {**fields, "confirm": confirm, "reference": self.product}
        return ordered(self.shop, self.product, self.warehouse, quantity, **fields)

    def step(self, order: Json, name: str, body: Json | None = None, **parts: Any) -> Action:  # noqa: ANN401
        """Return a step of an order, to be played."""
        path = f"{ORDERS}/{order['id']}/{name}"
        place = {"resource": f"{ORDERS}/{{order_id}}/{name}", "path_parameters": {"order_id": order["id"]}}
        return self._request(f"orders.{name}_order", "POST", path, body, **place, **parts)

    def patch(self, order: Json, body: Json) -> Action:
        """Return a change of a draft, to be played."""
        place = {"resource": f"{ORDERS}/{{order_id}}", "path_parameters": {"order_id": order["id"]}}
        return self._request("orders.update_order", "PATCH", f"{ORDERS}/{order['id']}", body, **place)

    def create(self, quantity: int) -> Action:
        """Return a new order that is confirmed as it is written, to be played."""
        body = order_body(self.product, self.warehouse, quantity, confirm=True, reference=self.product)
        return self._request("orders.create_order", "POST", ORDERS, body)

    def adjust(self, quantity: int) -> Action:
        """Return a correction, to be played."""
        body = {"productId": self.product, "warehouseId": self.warehouse, "quantity": quantity, "reason": "found"}
        return self._request("stock.adjust_stock", "POST", "/v1/stock/adjustments", body)

    def expire(self) -> Action:
        """Return a run of the schedule an hour from now, to be played."""
        return lambda: f"ended {expire_reservations(utc_now() + _HOUR)}"

    def _request(self, handler: str, method: str, path: str, body: Json | None, **parts: Any) -> Action:  # noqa: ANN401
        event = authorized(self.shop.organization.member.token, method, path, body=body, **parts)
        module = a_container(f"functions.{handler}")

        def act() -> str:
            reply = invoke(module, event)
            return str(reply.json["code"]) if reply.status >= 400 else "done"

        return act

    def assert_sound(self) -> None:
        """Hold the level against its movements, and what is reserved against the orders."""
        (row,) = self.shop.reconciliation(productId=self.product)
        assert row["intact"]
        orders = self.shop.send("GET", ORDERS, query={"reference": self.product}).json["items"]
        reserved = {order["id"]: order["lines"][0]["reserved"] for order in orders if order["lines"][0]["reserved"]}
        assert {each["orderId"]: each["quantity"] for each in row["reservations"]} == reserved
        assert row["level"]["reserved"] == sum(reserved.values())
        assert row["level"]["onHand"] >= row["level"]["reserved"]


def _two_confirms(scene: Scene) -> Sequence[Action]:
    return [scene.step(scene.ordered(3, confirm=False), "confirm") for _ in range(2)]


def _two_new_orders(scene: Scene) -> Sequence[Action]:
    return [scene.create(3), scene.create(4)]


def _confirm_and_take_away(scene: Scene) -> Sequence[Action]:
    return [scene.step(scene.ordered(3, confirm=False), "confirm"), scene.adjust(-3)]


def _ship_and_cancel(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(3)
    return [scene.step(order, "fulfil"), scene.step(order, "cancel")]


def _ship_two_parts(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(3)
    return [scene.step(order, "fulfil", part(scene.product, 2)) for _ in range(2)]


def _ship_the_last_twice(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(_STOCK)
    return [scene.step(order, "fulfil") for _ in range(2)]


def _confirm_the_last_twice(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(_STOCK, confirm=False)
    return [scene.step(order, "confirm") for _ in range(2)]


def _ship_once_by_one_key(scene: Scene) -> Sequence[Action]:
    order, key = scene.ordered(3), {"Idempotency-Key": "shipment"}
    return [scene.step(order, "fulfil", part(scene.product, 2), headers=key) for _ in range(2)]


def _take_back_twice(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(3)
    step(scene.shop, order, "fulfil")
    return [scene.step(order, "return") for _ in range(2)]


def _cancel_and_confirm(scene: Scene) -> Sequence[Action]:
    return [scene.step(scene.ordered(4), "cancel"), scene.step(scene.ordered(3, confirm=False), "confirm")]


def _change_and_confirm(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(2, confirm=False)
    lines = [{"productId": scene.product, "quantity": 5, "unitPrice": USD}]
    return [scene.patch(order, {"lines": lines}), scene.step(order, "confirm")]


def _ship_and_end(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(3, reservedUntil=to_rfc3339(utc_now() + _HOUR))
    return [scene.step(order, "fulfil"), scene.expire()]


_SHORT: Final = "insufficient_stock"
_PAIRS: Final[dict[str, tuple[Callable[[Scene], Sequence[Action]], set[tuple[str, str]]]]] = {
    "two confirmations": (_two_confirms, {("done", _SHORT), (_SHORT, "done")}),
    "two new orders": (_two_new_orders, {("done", _SHORT), (_SHORT, "done")}),
    "a confirmation and an adjustment": (_confirm_and_take_away, {("done", _SHORT), (_SHORT, "done")}),
    "a shipment and a cancellation": (_ship_and_cancel, {("done", "invalid_state"), ("invalid_state", "done")}),
    "two shipments": (_ship_two_parts, {("done", "exceeds_remaining"), ("exceeds_remaining", "done")}),
    "two shipments of all there is": (_ship_the_last_twice, {("done", "invalid_state"), ("invalid_state", "done")}),
    "two confirmations of all there is": (
        _confirm_the_last_twice,
        {("done", "invalid_state"), ("invalid_state", "done")},
    ),
    "one shipment, sent twice": (_ship_once_by_one_key, {("done", "done")}),
    "two returns": (_take_back_twice, {("done", "invalid_state"), ("invalid_state", "done")}),
    "a cancellation and a confirmation": (_cancel_and_confirm, {("done", "done"), ("done", _SHORT)}),
    "a change and a confirmation": (_change_and_confirm, {("done", "done"), ("invalid_state", "done")}),
    "a shipment and the end": (_ship_and_end, {("done", "ended 0"), ("invalid_state", "ended 1")}),
}
"""What comes to the table at once, and the answers that there may be: each of them is to be seen in some order."""


@pytest.fixture(scope="module")
def shop(platform: str) -> Shop:  # noqa: ARG001 (has to run first)
    expire_reservations(utc_now() + timedelta(days=365))
    return a_shop()


def _scene(shop: Shop) -> Scene:
    return Scene(shop, *shop.stocked(_STOCK))


_KEPT: Final = frozenset({"two confirmations"})


@pytest.mark.parametrize("name", sampled(_PAIRS, kept=_KEPT))
def test_two_requests_are_sound_in_every_order_of_their_calls(name: str, shop: Shop) -> None:
    prepare, possible = _PAIRS[name]
    seen = set()
    for schedule in every_schedule():
        scene = _scene(shop)
        answers = play(prepare(scene), schedule)
        assert (answers[0], answers[1]) in possible, schedule
        scene.assert_sound()
        seen.add((answers[0], answers[1]))
    assert seen == possible


def _crowd(scene: Scene) -> Sequence[Action]:
    held = scene.ordered(3)
    drafts = [scene.ordered(quantity, confirm=False) for quantity in (3, 2)]
    return [scene.step(held, "cancel"), *(scene.step(draft, "confirm") for draft in drafts)]


def _crowd_of_one_order(scene: Scene) -> Sequence[Action]:
    order = scene.ordered(4)
    return [
        scene.step(order, "fulfil", part(scene.product, 3)),
        scene.step(order, "cancel"),
        scene.create(2),
    ]


@pytest.mark.parametrize("prepare", [_crowd, _crowd_of_one_order])
def test_three_requests_are_sound_in_many_orders_of_their_calls(
    prepare: Callable[[Scene], Sequence[Action]], shop: Shop
) -> None:
    for schedule in some_schedules(10, seed=20):
        scene = _scene(shop)
        answers = play(prepare(scene), schedule)
        assert set(answers) <= {"done", _SHORT, "invalid_state"}, schedule
        scene.assert_sound()
