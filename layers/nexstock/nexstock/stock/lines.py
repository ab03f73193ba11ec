"""Lines of a body: so much of a product, each product once, and no more of it than is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from nexstock.errors import FieldError, InvalidRequest
from nexstock.http.schemas import PositiveQuantity
from nexstock.ids import ProductId
from nexstock.stock.errors import ExceedsRemaining
from nexstock.stock.model import Excess, LotQuantity
from nexstock.stock.schemas import Tracked

_BEYOND: Final = Decimal(10) ** 11
"""What no quantity reaches; `Quantity` has eleven digits before the point."""


class QuantityLine(Tracked):
    """So much of a product, and which units of it, if it is kept by lots or serial numbers."""

    product_id: str
    quantity: PositiveQuantity


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of a product a body names altogether; `pointer` is where it does so first."""

    product_id: ProductId
    quantity: Decimal
    pointer: str
    lots: tuple[LotQuantity, ...] = ()
    serials: tuple[str, ...] = ()


def merged_lines(lines: Sequence[QuantityLine]) -> Sequence[Wanted]:
    """Return the lines with those of one product made one, in the order in which the products come first.

    Raises:
        InvalidRequest: together they name more than any quantity may be (422).
    """
    products: dict[str, Wanted] = {}
    for place, line in enumerate(lines):
        one = products.get(line.product_id, Wanted(ProductId(line.product_id), Decimal(0), f"/lines/{place}"))
        products[line.product_id] = replace(
            one,
            quantity=one.quantity + line.quantity,
            lots=one.lots + line.lot_quantities(),
            serials=one.serials + line.serials,
        )
    for wanted in products.values():
        if wanted.quantity >= _BEYOND:
            raise InvalidRequest([FieldError(f"{wanted.pointer}/quantity", "is too much altogether")])
    return list(products.values())


def taken_from(
    remaining: Mapping[ProductId, Decimal], lines: Sequence[QuantityLine] | None
) -> Mapping[ProductId, Wanted]:
    """Return what is taken of each product of what is left: what the lines name, or without any, all of it.

    Raises:
        InvalidRequest: a line names a product of which there is no line here (422).
        ExceedsRemaining: lines name more than is left; all of them are named (409).
    """
    if lines is None:
        return {each: Wanted(each, quantity, "/lines") for each, quantity in remaining.items() if quantity}
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
    return {each.product_id: each for each in wanted}
