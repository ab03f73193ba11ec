"""Percentiles, and rows that show one figure beside another."""

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

_WIDTH: Final = 58
_MS: Final = 1000


def median(values: Sequence[float]) -> float:
    """Return the value in the middle."""
    return statistics.median(values)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value that `percent` of all do not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def welch_t(one: Sequence[float], other: Sequence[float]) -> float:
    """Return Welch's t of two samples: how many standard errors their means are apart, the first one's first."""
    error = math.sqrt(statistics.variance(one) / len(one) + statistics.variance(other) / len(other))
    return (statistics.fmean(one) - statistics.fmean(other)) / error


def timed_in_turns(actions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Run each action once a round, so that whatever slows the machine down slows down all; return seconds by name."""
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(rounds):
        for name, action in actions.items():
            began = time.perf_counter()
            action()
            seconds[name].append(time.perf_counter() - began)
    return seconds


def row(name: str, *columns: str) -> str:
    """Return a line of a table."""
    return f"{name:<{_WIDTH}}" + "".join(f"{column:>12}" for column in columns)


def ms(seconds: float) -> str:
    """Return a duration as text."""
    return f"{seconds * _MS:.1f} ms"


def ratio(value: float, base: float) -> str:
    """Return how many times the base a value is."""
    return f"x {value / base:.2f}"
