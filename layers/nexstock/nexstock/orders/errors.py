"""Problems of orders."""

from collections.abc import Iterable

from nexstock.errors import Conflict


class OrderDependencyDeleted(Conflict):
    """A product or the warehouse of the order was deleted (409); `ids` names what is missing."""

    slug, title = "order_dependency_deleted", "A product or the warehouse of this order was deleted"

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__("Restore it first", extensions={"ids": list(ids)})
