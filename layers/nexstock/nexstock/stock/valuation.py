"""What stock is worth, by two methods at once: the moving average, and first in, first out.

Values are in minor units of the organization's currency, kept to a millionth so that shares of a layer add up; what
people are shown is rounded once, at the end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

_PRECISION: Final = Decimal("0.000001")
_MOST_LAYERS: Final = 50
"""Above that the two oldest layers become one, which is worth what the two were."""


@dataclass(frozen=True, slots=True)
class CostLayer:
    """Some of what lies in stock that came in at one cost, and what it is worth altogether."""

    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True)
class Worth:
    """What some stock is worth altogether, by either method: what it takes along where it goes."""

    average: Decimal
    fifo: Decimal

    def split(self, part: Decimal, whole: Decimal) -> tuple["Worth", "Worth"]:
        """Return what a part of the whole is worth, and what is left; together they are exactly this."""
        if part == whole:
            return self, WORTH_NOTHING
        share = Worth(_rounded(self.average * part / whole), _rounded(self.fifo * part / whole))
        return share, Worth(self.average - share.average, self.fifo - share.fifo)


WORTH_NOTHING: Final = Worth(Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Valuation:
    """What a level's stock is worth: `average` by the moving average, `layers` by what came in, the oldest first."""

    average: Decimal
    layers: tuple[CostLayer, ...]

    @property
    def fifo(self) -> Decimal:
        """What the stock is worth by first in, first out."""
        return sum((layer.value for layer in self.layers), Decimal(0))

    def after(
        self, quantity: Decimal, on_hand: Decimal, unit_cost: Decimal | None, worth: Worth | None = None
    ) -> "Valuation":
        """Return the valuation after some more or less of what lies there.

        Args:
            quantity: the signed difference.
            on_hand: what lay there before.
            unit_cost: what each unit that comes in has cost; None: what those that lie there cost on average.
            worth: what all that comes in is worth, where it brings that along; `unit_cost` then says nothing.
        """
        if quantity > 0:
            cost = self._cost_of(quantity, on_hand, unit_cost)
            return self._with(quantity, worth or Worth(cost, cost))
        return self._without(-quantity, on_hand) if quantity < 0 else self

    def _cost_of(self, quantity: Decimal, on_hand: Decimal, unit_cost: Decimal | None) -> Decimal:
        if unit_cost is not None:
            return _rounded(quantity * unit_cost)
        return _rounded(self.average * quantity / on_hand) if on_hand else Decimal(0)

    def _with(self, quantity: Decimal, worth: Worth) -> "Valuation":
        layers = _joined((*self.layers, CostLayer(quantity, worth.fifo)))
        return Valuation(self.average + worth.average, _bounded(layers))

    def _without(self, quantity: Decimal, on_hand: Decimal) -> "Valuation":
        share = self.average if quantity == on_hand else _rounded(self.average * quantity / on_hand)
        left, layers = quantity, list(self.layers)
        while left > 0 and layers:
            oldest = layers.pop(0)
            if oldest.quantity > left:
                taken = _rounded(oldest.value * left / oldest.quantity)
                layers.insert(0, CostLayer(oldest.quantity - left, oldest.value - taken))
            left -= min(left, oldest.quantity)
        return Valuation(self.average - share, tuple(layers))


WORTHLESS: Final = Valuation(Decimal(0), ())
"""What no stock is worth."""


def _joined(layers: Iterable[CostLayer]) -> tuple[CostLayer, ...]:
    joined: list[CostLayer] = []
    for layer in layers:
        # Neighbours of the same cost are one layer: most products come in at one price for long.
        if joined and joined[-1].value * layer.quantity == layer.value * joined[-1].quantity:
            joined[-1] = _merged(joined[-1], layer)
        else:
            joined.append(layer)
    return tuple(joined)


def _bounded(layers: tuple[CostLayer, ...]) -> tuple[CostLayer, ...]:
    return layers if len(layers) <= _MOST_LAYERS else (_merged(*layers[:2]), *layers[2:])


def _merged(one: CostLayer, other: CostLayer) -> CostLayer:
    return CostLayer(one.quantity + other.quantity, one.value + other.value)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_PRECISION, ROUND_HALF_EVEN)
