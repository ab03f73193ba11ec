"""A plain model of stock and orders: what the API is to answer, said in a few lines, without a table or concurrency."""

from collections import defaultdict
from dataclasses import dataclass, field

DONE = "done"
SHORT = "insufficient_stock"
WRONG = "invalid_state"
EXCESS = "exceeds_order"

Place = tuple[str, str]
"""A product in a warehouse."""


@dataclass
class ModelLine:
    """What is ordered of a product, and what became of it."""

    quantity: int
    reserved: int = 0
    fulfilled: int = 0
    returned: int = 0


@dataclass
class ModelOrder:
    """An order by its lines' products."""

    warehouse: str
    lines: dict[str, ModelLine]
    status: str = "draft"


@dataclass
class StockModel:
    """What lies where, and the orders of it; `backorder` names the products that may be sold before they are there."""

    backorder: set[str]
    on_hand: defaultdict[Place, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[str, ModelOrder] = field(default_factory=dict)

    def reserved(self, place: Place) -> int:
        """Return what orders have reserved at a place."""
        product, warehouse = place
        orders = [order for order in self.orders.values() if order.warehouse == warehouse]
        return sum(order.lines[product].reserved for order in orders if product in order.lines)

    def available(self, place: Place) -> int:
        """Return what can be promised."""
        return self.on_hand[place] - self.reserved(place)

    def adjust(self, place: Place, quantity: int) -> str:
        """Lay something there, or take it away."""
        if self.on_hand[place] + quantity < 0 or not self._may_fall(place, -quantity):
            return SHORT
        self.on_hand[place] += quantity
        return DONE

    def confirm(self, order: ModelOrder) -> str:
        """Reserve what an order asks for."""
        if order.status != "draft":
            return WRONG
        if not all(self._may_fall((product, order.warehouse), line.quantity) for product, line in order.lines.items()):
            return SHORT
        for line in order.lines.values():
            line.reserved = line.quantity
        order.status = "confirmed"
        return DONE

    def cancel(self, order: ModelOrder) -> str:
        """Give up what is reserved."""
        if order.status not in {"draft", "confirmed", "partially_fulfilled"}:
            return WRONG
        for line in order.lines.values():
            line.reserved = 0
        order.status = "closed" if order.status == "partially_fulfilled" else "cancelled"
        return DONE

    def fulfil(self, order: ModelOrder, parts: dict[str, int] | None) -> str:
        """Ship some of an order, or the rest."""
        if order.status not in {"confirmed", "partially_fulfilled"}:
            return WRONG
        if parts is None:
            parts = {product: line.reserved for product, line in order.lines.items()}
        if any(part > order.lines[product].reserved for product, part in parts.items()):
            return EXCESS
        if any(part > self.on_hand[product, order.warehouse] for product, part in parts.items()):
            return SHORT
        for product, part in parts.items():
            self.on_hand[product, order.warehouse] -= part
            order.lines[product].reserved -= part
            order.lines[product].fulfilled += part
        done = all(line.fulfilled == line.quantity for line in order.lines.values())
        order.status = "fulfilled" if done else "partially_fulfilled"
        return DONE

    def take_back(self, order: ModelOrder, parts: dict[str, int] | None, *, restock: bool) -> str:
        """Take some of what was shipped back, or the rest."""
        kept = {product: line.fulfilled - line.returned for product, line in order.lines.items()}
        if not any(kept.values()):
            return WRONG
        parts = kept if parts is None else parts
        if any(part > kept[product] for product, part in parts.items()):
            return EXCESS
        for product, part in parts.items():
            order.lines[product].returned += part
            self.on_hand[product, order.warehouse] += part if restock else 0
        if order.status == "fulfilled" and all(line.fulfilled == line.returned for line in order.lines.values()):
            order.status = "closed"
        return DONE

    def _may_fall(self, place: Place, by: int) -> bool:
        return place[0] in self.backorder or by <= 0 or self.available(place) >= by
