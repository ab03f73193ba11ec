"""What a request does to stock, before it is judged: kits as their components, and each level once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from nexstock.ids import ProductId, WarehouseId
from nexstock.products.model import Product
from nexstock.stock.errors import KitHasNoStock
from nexstock.stock.model import LotQuantity, StockChange

Place = tuple[ProductId, WarehouseId]
"""A product in a warehouse: what there is one level of."""


def exploded(changes: Iterable[StockChange], products: Mapping[ProductId, Product]) -> Iterator[StockChange]:
    """Yield the changes with those of kits as changes of what they are made of; what was earned stays with the first.

    Raises:
        KitHasNoStock: a kit is moved by something that does not say what it is made of (409).
    """
    for change in changes:
        if not change.components:
            if products[change.product_id].is_kit:
                raise KitHasNoStock
            yield change
        for number, component in enumerate(change.components):
            yield replace(
                change,
                product_id=component.product_id,
                quantity=change.quantity * component.quantity,
                reserved=change.reserved * component.quantity,
                revenue=None if number else change.revenue,
                components=(),
            )


def merged(changes: Sequence[StockChange]) -> Sequence[StockChange]:
    """Return the changes with those of one place made one, in the order in which the places come first.

    Two changes of a level cannot be judged one by one: each might fit where both together do not.
    """
    places: dict[Place, StockChange] = {}
    for change in changes:
        place = (change.product_id, change.warehouse_id)
        one = places.get(place)
        places[place] = change if one is None else _together(one, change)
    return list(places.values())


def _together(one: StockChange, other: StockChange) -> StockChange:
    if one.worth is not None or other.worth is not None:
        message = "what brings its worth along is the only change of its place"
        raise ValueError(message)
    quantity = one.quantity + other.quantity
    costs = [change for change in (one, other) if change.unit_cost is not None]
    cost = sum(((change.unit_cost or 0) * change.quantity for change in costs), Decimal(0))
    revenues = [change.revenue for change in (one, other) if change.revenue is not None]
    return replace(
        one,
        quantity=quantity,
        reserved=one.reserved + other.reserved,
        incoming=one.incoming + other.incoming,
        unit_cost=cost / quantity if costs and quantity else None,
        revenue=sum(revenues) if revenues else None,
        currency=one.currency or other.currency,
        lots=_lots_together(one.lots, other.lots),
        serials=one.serials + other.serials,
    )


def _lots_together(one: Sequence[LotQuantity], other: Sequence[LotQuantity]) -> tuple[LotQuantity, ...]:
    lots: dict[str, LotQuantity] = {}
    for each in (*one, *other):
        standing = lots.get(each.lot)
        lots[each.lot] = each if standing is None else replace(each, quantity=each.quantity + standing.quantity)
    return tuple(lots.values())
