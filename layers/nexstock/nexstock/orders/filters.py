"""What a list of orders can be narrowed to."""

from dataclasses import dataclass
from datetime import datetime

from nexstock.orders.model import Order, OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Filters that all have to hold; None narrows nothing."""

    status: OrderStatus | None = None
    customer_id: str | None = None
    number: str | None = None
    reference: str | None = None
    updated_since: datetime | None = None

    def admits(self, order: Order) -> bool:
        """Tell whether an order is to be listed."""
        return (
            self.status in {None, order.status}
            and self.customer_id in {None, order.customer_id}
            and self.number in {None, order.number}
            and self.reference in {None, order.reference}
            and (self.updated_since is None or order.updated_at >= self.updated_since)
        )
