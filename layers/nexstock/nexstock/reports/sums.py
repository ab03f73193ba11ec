"""Exact sums: added without loss, whatever their size, and rounded once, where they are shown."""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

_EXACT: Final = Context(prec=60)
"""A hundred million values of 10^18 minor units, each kept to a millionth, have 33 digits."""


def exact_sum(*values: Decimal) -> Decimal:
    """Return the sum of values, every digit of it."""
    total = Decimal(0)
    for value in values:
        total = _EXACT.add(total, value)
    return total


def rounded(value: Decimal) -> int:
    """Return a value in whole minor units, half to even."""
    return int(value.to_integral_value(ROUND_HALF_EVEN))
