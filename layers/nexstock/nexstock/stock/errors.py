"""Problems of stock."""

from collections.abc import Iterable, Sequence

from nexstock.errors import Conflict
from nexstock.http.schemas import as_number
from nexstock.stock.model import Excess, Shortage


class InsufficientStock(Conflict):
    """There is less than is asked for (409); `shortages` names every line of which that is so."""

    slug, title = "insufficient_stock", "There is not enough stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        self.shortages = tuple(shortages)
        super().__init__(
            extensions={
                "shortages": [
                    {
                        "productId": shortage.product_id,
                        "warehouseId": shortage.warehouse_id,
                        "requested": as_number(shortage.requested),
                        "available": as_number(shortage.available),
                    }
                    for shortage in shortages
                ]
            }
        )


class SerialNumbersUnavailable(Conflict):
    """Units are not where they are taken from, or come in that are there already (409); `serials` names them."""

    slug, title = "serial_numbers_unavailable", "These serial numbers cannot move so"

    def __init__(self, serials: Sequence[str]) -> None:
        super().__init__(extensions={"serials": list(serials)})


class DependencyDeleted(Conflict):
    """A product or warehouse that stock is to move of was deleted (409); `ids` names what is missing."""

    slug, title = "dependency_deleted", "A product or warehouse that this needs was deleted"

    def __init__(self, ids: Iterable[str]) -> None:
        super().__init__("Restore it first", extensions={"ids": list(ids)})


class KitHasNoStock(Conflict):
    """A kit is made of other products, whose stock it is sold from (409)."""

    slug, title = "kit_has_no_stock", "A kit has no stock of its own"


class ExceedsRemaining(Conflict):
    """More is named than is left to be done (409); `lines` names every line of which that is so."""

    slug, title = "exceeds_remaining", "More is named than is left"

    def __init__(self, excesses: Sequence[Excess]) -> None:
        super().__init__(
            extensions={
                "lines": [
                    {
                        "productId": excess.product_id,
                        "requested": as_number(excess.requested),
                        "remaining": as_number(excess.remaining),
                    }
                    for excess in excesses
                ]
            }
        )
