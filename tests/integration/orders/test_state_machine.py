"""Whatever is done to stock and orders in whatever sequence: the API does what a plain model says, to the unit."""

from collections.abc import Mapping
from itertools import product as every
from typing import Any, Final

from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from tests.support.api import Reply
from tests.support.orders import ORDERS, USD
from tests.support.stock_keeping import Shop, a_shop
from tests.support.stock_model import DONE, ModelLine, ModelOrder, StockModel

_PLACES: Final = st.sampled_from(list(every((0, 1), (0, 1))))
_PARTS: Final = st.one_of(st.none(), st.dictionaries(st.sampled_from((0, 1)), st.integers(1, 4), min_size=1))
_LINES: Final = st.dictionaries(st.sampled_from((0, 1)), st.integers(1, 5), min_size=1)


def _answer(reply: Reply) -> str:
    return DONE if reply.status < 400 else str(reply.json["code"])


class Shelves(RuleBasedStateMachine):
    """Two products in two warehouses, the second of which may be sold before it is there, and orders of them."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.shop: Shop = a_shop()
        self.warehouses = [self.shop.warehouse(), self.shop.warehouse()]
        self.products = [self.shop.product(price=USD), self.shop.product(price=USD, allowBackorder=True)]
        self.model = StockModel(backorder={self.products[1]})

    @initialize(quantities=st.lists(st.integers(0, 8), min_size=4, max_size=4))
    def stock_up(self, quantities: list[int]) -> None:
        """Begin with something."""
        for place, quantity in zip(every((0, 1), (0, 1)), quantities, strict=True):
            if quantity:
                self.adjust(place, quantity)

    @rule(place=_PLACES, quantity=st.integers(-6, 6).filter(bool))
    def adjust(self, place: tuple[int, int], quantity: int) -> None:
        """Correct a level."""
        product, warehouse = self.products[place[0]], self.warehouses[place[1]]
        reply = self.shop.adjust(product, warehouse, quantity)
        assert _answer(reply) == self.model.adjust((product, warehouse), quantity)

    @rule(target=orders, warehouse=st.sampled_from((0, 1)), lines=_LINES, confirm=st.booleans())
    def order(self, warehouse: int, lines: dict[int, int], confirm: bool) -> Any:  # noqa: ANN401, FBT001
        """Write an order."""
        quantities = {self.products[place]: quantity for place, quantity in lines.items()}
        body_lines = [{"productId": product, "quantity": quantity} for product, quantity in quantities.items()]
        body = {"warehouseId": self.warehouses[warehouse], "lines": body_lines, "confirm": confirm}
        order = ModelOrder(
            self.warehouses[warehouse], {product: ModelLine(quantity) for product, quantity in quantities.items()}
        )
        reply = self.shop.send("POST", ORDERS, body)
        assert _answer(reply) == (self.model.confirm(order) if confirm else DONE)
        if reply.status != 201:
            return multiple()
        self.model.orders[reply.json["id"]] = order
        return reply.json["id"]

    @rule(order_id=orders)
    def confirm(self, order_id: str) -> None:
        """Confirm an order."""
        self._step(order_id, "confirm", None, self.model.confirm(self.model.orders[order_id]))

    @rule(order_id=orders)
    def cancel(self, order_id: str) -> None:
        """Cancel an order."""
        self._step(order_id, "cancel", None, self.model.cancel(self.model.orders[order_id]))

    @rule(order_id=orders, parts=_PARTS)
    def fulfil(self, order_id: str, parts: dict[int, int] | None) -> None:
        """Ship an order, or some of it."""
        order = self.model.orders[order_id]
        named = self._named(order, parts)
        self._step(order_id, "fulfil", self._body(named), self.model.fulfil(order, named))

    @rule(order_id=orders, parts=_PARTS, restock=st.booleans())
    def take_back(self, order_id: str, parts: dict[int, int] | None, restock: bool) -> None:  # noqa: FBT001
        """Take an order back, or some of it."""
        order = self.model.orders[order_id]
        named = self._named(order, parts)
        body = {**(self._body(named) or {}), "restock": restock}
        self._step(order_id, "return", body, self.model.take_back(order, named, restock=restock))

    @invariant()
    def levels_are_what_the_model_says_and_the_sum_of_their_movements(self) -> None:
        """Hold every level against the model, its movements, and the orders that reserve of it."""
        for row in self.shop.reconciliation():
            place = (row["productId"], row["warehouseId"])
            assert row["intact"]
            level = row["level"]
            assert (level["onHand"], level["reserved"]) == (self.model.on_hand[place], self.model.reserved(place))
            assert {each["orderId"]: each["quantity"] for each in row["reservations"]} == self._reservations(*place)
            assert level["onHand"] >= 0
            assert level["onHand"] >= level["reserved"] or place[0] in self.model.backorder

    def teardown(self) -> None:
        """Hold every order against the model."""
        for order_id, order in self.model.orders.items():
            shown = self.shop.send("GET", f"{ORDERS}/{order_id}").json
            assert shown["status"] == order.status
            lines = {
                line["productId"]: ModelLine(line["quantity"], line["reserved"], line["fulfilled"], line["returned"])
                for line in shown["lines"]
            }
            assert lines == order.lines

    def _step(self, order_id: str, name: str, body: Mapping[str, Any] | None, expected: str) -> None:
        reply = self.shop.send("POST", f"{ORDERS}/{order_id}/{name}", body)
        assert _answer(reply) == expected
        if reply.status == 200:
            assert reply.json["status"] == self.model.orders[order_id].status

    def _named(self, order: ModelOrder, parts: dict[int, int] | None) -> dict[str, int] | None:
        if parts is None:
            return None
        named = {self.products[place]: part for place, part in parts.items() if self.products[place] in order.lines}
        assume(named)
        return named

    def _body(self, parts: dict[str, int] | None) -> dict[str, Any] | None:
        if parts is None:
            return None
        return {"lines": [{"productId": product, "quantity": part} for product, part in parts.items()]}

    def _reservations(self, product: str, warehouse: str) -> dict[str, int]:
        orders = {each: order for each, order in self.model.orders.items() if order.warehouse == warehouse}
        held = {each: order.lines[product].reserved for each, order in orders.items() if product in order.lines}
        return {each: quantity for each, quantity in held.items() if quantity}


TestShelves = Shelves.TestCase
TestShelves.settings = settings(
    max_examples=6,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
