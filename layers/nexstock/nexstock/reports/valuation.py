"""Stock valuation: what lies in stock is worth, by warehouse and altogether.

Sums are exact, and each figure that is shown is rounded once: the total is the rounded sum of what the levels are
worth, and not the sum of rounded figures.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final, Self

from nexstock.reports.readings import LevelReading, Readings
from nexstock.reports.sums import exact_sum
from nexstock.stock.model import NOTHING

_MOST_SHOWN: Final = 500
"""Levels of one request where each is shown, and the products' names are read for it."""


class Method(StrEnum):
    """How the value of what leaves stock is found."""

    AVERAGE = "average"
    FIFO = "fifo"


@dataclass(frozen=True, slots=True)
class Worth:
    """How many products lie in a warehouse, how many units of all of them, and what they are worth."""

    products: int = 0
    quantity: Decimal = NOTHING
    value: Decimal = NOTHING

    def plus(self, other: Self) -> Self:
        """Return both together."""
        return replace(
            self,
            products=self.products + other.products,
            quantity=exact_sum(self.quantity, other.quantity),
            value=exact_sum(self.value, other.value),
        )


@dataclass(frozen=True, slots=True)
class ShownLevel:
    """What lies of one product in one warehouse, and what it is worth."""

    product_id: str
    warehouse_id: str
    worth: Worth


@dataclass(frozen=True, slots=True)
class ValuationSoFar:
    """The sums by warehouse, of everything up to `position` (None: of everything), and the levels of this request."""

    worths: Mapping[str, Worth]
    levels: Sequence[ShownLevel] = field(default_factory=list)
    position: str | None = None

    @property
    def total(self) -> Worth:
        """All warehouses together."""
        total = Worth()
        for worth in self.worths.values():
            total = total.plus(worth)
        return total

    def carried(self) -> str | None:
        """Return what the next request goes on from; None where everything is summed up."""
        if self.position is None:
            return None
        sums = {each: (worth.products, str(worth.quantity), str(worth.value)) for each, worth in self.worths.items()}
        return json.dumps([self.position, sums])


def value_stock(
    readings: Readings, method: Method, warehouse_id: str | None, *, shows_levels: bool, carried: str | None
) -> ValuationSoFar:
    """Return the valuation as far as one request gets, from what the request before carried on."""
    position, worths = _opened(carried)
    most = min(readings.most, _MOST_SHOWN) if shows_levels else readings.most
    shown: list[ShownLevel] = []
    for page in readings.levels(position, most=most):
        for level in page.items:
            if warehouse_id in {None, level.warehouse_id}:
                worth = _worth(level, method)
                worths[level.warehouse_id] = worths.get(level.warehouse_id, Worth()).plus(worth)
                if shows_levels and level.on_hand:
                    shown.append(ShownLevel(level.product_id, level.warehouse_id, worth))
        position = page.last_key
    return ValuationSoFar(worths, shown, position)


def _worth(level: LevelReading, method: Method) -> Worth:
    value = level.valuation.fifo if method is Method.FIFO else level.valuation.average
    return Worth(products=1 if level.on_hand else 0, quantity=level.on_hand, value=value)


def _opened(carried: str | None) -> tuple[str | None, dict[str, Worth]]:
    if carried is None:
        return None, {}
    position, sums = json.loads(carried)
    return position, {
        warehouse_id: Worth(products, Decimal(quantity), Decimal(value))
        for warehouse_id, (products, quantity, value) in sums.items()
    }
