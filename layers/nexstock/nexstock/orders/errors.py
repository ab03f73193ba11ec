"""Problems of orders."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from nexstock.errors import Conflict
from nexstock.http.schemas import as_number
from nexstock.ids import ProductId


class ExceedsOrder(Conflict):
    """More is to be shipped or taken back than a line still has (409); `lines` names every such line."""

    slug, title = "exceeds_order", "That is more than is left of the order"

    def __init__(self, excess: Mapping[ProductId, tuple[Decimal, Decimal]]) -> None:
        lines = [
            {"productId": product_id, "requested": as_number(requested), "left": as_number(left)}
            for product_id, (requested, left) in excess.items()
        ]
        super().__init__(extensions={"lines": lines})


class OrderDependencyDeleted(Conflict):
    """A product or the warehouse of the order was deleted (409); `ids` names what is missing."""

    slug, title = "order_dependency_deleted", "A product or the warehouse of this order was deleted"

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__("Restore it first", extensions={"ids": list(ids)})
