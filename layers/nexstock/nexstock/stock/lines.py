"""Lines of a body: so much of a product, each product once, and no more of it than is left."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from nexstock.errors import FieldError, InvalidRequest
from nexstock.http.schemas import PositiveQuantity
from nexstock.ids import ProductId
from nexstock.stock.errors import ExceedsRemaining
from nexstock.stock.model import QUANTITY_LIMIT, Excess, Units
from nexstock.stock.schemas import Tracked

_LARGEST_TOTAL: Final = 10**15
"""In minor units. Below 2^53, so that every reader of JSON reads the total exactly (RFC 8259, 6)."""


class QuantityLine(Tracked):
    """So much of a product; its lots or serial numbers, if it is kept by them."""

    product_id: str
    quantity: PositiveQuantity


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a product a body names altogether; `pointer` is where it does so first."""

    product_id: ProductId
    quantity: Decimal
    pointer: str


def distinct_products(product_ids: Iterable[str], *, most: int, document: str) -> list[ProductId]:
    """Return the products that lines name, each once.

    Raises:
        InvalidRequest: more than the document can have lines (422).
    """
    products = list(dict.fromkeys(ProductId(product_id) for product_id in product_ids))
    if len(products) > most:
        raise InvalidRequest([FieldError("/lines", f"{document} has at most {most} different products")])
    return products


def require_total(totals: Iterable[int]) -> None:
    """Let only lines through whose total can be said.

    Raises:
        InvalidRequest: it is too large (422).
    """
    if sum(totals) > _LARGEST_TOTAL:
        raise InvalidRequest([FieldError("/lines", f"the total is above {_LARGEST_TOTAL} minor units")])


def merged_lines(lines: Sequence[QuantityLine]) -> Sequence[Wanted]:
    """Return the lines with those of one product made one, in the order in which the products come first.

    Raises:
        InvalidRequest: together they name more than any quantity may be (422).
    """
    products: dict[str, Wanted] = {}
    for place, line in enumerate(lines):
        one = products.get(line.product_id, Wanted(ProductId(line.product_id), Decimal(0), f"/lines/{place}"))
        products[line.product_id] = replace(one, quantity=one.quantity + line.quantity)
    for wanted in products.values():
        if wanted.quantity >= QUANTITY_LIMIT:
            raise InvalidRequest([FieldError(f"{wanted.pointer}/quantity", "is too much altogether")])
    return list(products.values())


def taken_from(
    remaining: Mapping[ProductId, Decimal], lines: Sequence[QuantityLine] | None
) -> Mapping[ProductId, Decimal]:
    """Return how much of each product is taken of what is left: what the lines name, or without any, all of it.

    Raises:
        InvalidRequest: a line names a product of which there is no line here (422).
        ExceedsRemaining: lines name more than is left; all of them are named (409).
    """
    if lines is None:
        return {product_id: quantity for product_id, quantity in remaining.items() if quantity}
    wanted = merged_lines(lines)
    unknown = [each for each in wanted if each.product_id not in remaining]
    if unknown:
        raise InvalidRequest([FieldError(f"{each.pointer}/productId", "there is no line of it") for each in unknown])
    excesses = [
        Excess(each.product_id, each.quantity, remaining[each.product_id])
        for each in wanted
        if each.quantity > remaining[each.product_id]
    ]
    if excesses:
        raise ExceedsRemaining(excesses)
    return {each.product_id: each.quantity for each in wanted}


def units_of(lines: Sequence[QuantityLine] | None) -> Mapping[ProductId, Units]:
    """Return which units lines name of each product; those of lines of one product together."""
    units: dict[ProductId, Units] = {}
    for line in lines or ():
        product_id, more = ProductId(line.product_id), line.units()
        before = units.get(product_id, Units())
        units[product_id] = Units(before.lots + more.lots, before.serials + more.serials)
    return units
