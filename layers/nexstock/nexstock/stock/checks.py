"""What is checked of a body's references and quantities against what is stored."""

from decimal import Decimal
from typing import Final, TypeVar

from nexstock.errors import FieldError, InvalidRequest
from nexstock.products.model import Money, Product

T = TypeVar("T")

_COUNTED_UNITS: Final = frozenset({"each", "piece", "pieces", "pcs", "pair", "set", "box"})
"""Units of which there are no fractions."""


def require_present(entity: T | None, pointer: str) -> T:
    """Return what a body refers to.

    Raises:
        InvalidRequest: there is none here; another organization's looks the same (422).
    """
    if entity is None:
        raise InvalidRequest([FieldError(pointer, "there is no such thing here")])
    return entity


def require_whole(product: Product, quantity: Decimal, pointer: str) -> None:
    """Let only whole quantities through of what is counted.

    Raises:
        InvalidRequest: a fraction of a unit that has none (422).
    """
    if product.unit.casefold() in _COUNTED_UNITS and quantity != quantity.to_integral_value():
        raise InvalidRequest([FieldError(pointer, f"the product is counted by {product.unit}: whole numbers only")])


def cost_in(currency: str, cost: Money | None, pointer: str) -> Decimal | None:
    """Return a cost in minor units of the currency that values are kept in, if one is named.

    Raises:
        InvalidRequest: it is in another currency (422).
    """
    if cost is None:
        return None
    if cost.currency != currency:
        raise InvalidRequest([FieldError(f"{pointer}/currency", f"costs are kept in {currency}")])
    return Decimal(cost.amount)
