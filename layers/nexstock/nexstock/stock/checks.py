"""What is checked of a body's references and quantities against what is stored."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, TypeVar

from nexstock.errors import FieldError, InvalidRequest, NotFound
from nexstock.products.model import Money, Product, Tracking
from nexstock.resources.lifecycle import Resources
from nexstock.resources.model import Resource
from nexstock.stock.changes import Place
from nexstock.stock.errors import DependencyDeleted
from nexstock.stock.ledger import Holdings

T = TypeVar("T")
R = TypeVar("R", bound=Resource)

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


def require_found(resources: Resources[R], resource_id: str, pointer: str) -> R:
    """Return the resource that a body refers to.

    Raises:
        InvalidRequest: there is none here; another organization's looks the same (422).
    """
    try:
        return resources.get(resource_id)
    except NotFound:
        return require_present(None, pointer)


def require_kept(holdings: Holdings, places: Iterable[Place]) -> None:
    """Let stock move only where its products and warehouses, named before, are still kept.

    Raises:
        DependencyDeleted: some of them were deleted meanwhile (409).
    """
    named = dict.fromkeys(each for place in places for each in place)
    missing = [each for each in named if each not in holdings.products and each not in holdings.warehouses]
    if missing:
        raise DependencyDeleted(missing)


def require_own_stock(product: Product, pointer: str) -> None:
    """Let only products through of which there can be stock.

    Raises:
        InvalidRequest: it is a kit, of which there are only components (422).
    """
    if product.is_kit:
        raise InvalidRequest([FieldError(pointer, "a kit has no stock of its own, its components have")])


def require_untracked(product: Product, pointer: str, *, instead: str) -> None:
    """Let only products through whose units are all alike.

    Args:
        product: the product.
        pointer: where it is named.
        instead: what can be done with units that are told apart.

    Raises:
        InvalidRequest: it is kept by lots or serial numbers (422).
    """
    if product.tracking is not Tracking.NONE:
        raise InvalidRequest([FieldError(pointer, f"the product is kept by {product.tracking.value}; {instead}")])


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
