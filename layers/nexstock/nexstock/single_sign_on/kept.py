"""What was fetched and stays true for a while, kept in the container."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Values by URL, each for a bounded time.

    Args:
        fetch: gets a value by its URL; what it raises is not kept.
        lifetime_s: how long a value is good.
        most: how many there are at most; the ones that were fetched longest ago go first.
        clock: seconds that only ever grow.
    """

    def __init__(
        self, fetch: Callable[[str], V], *, lifetime_s: float, most: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._lifetime_s, self._most, self._clock = fetch, lifetime_s, most, clock
        self._values: OrderedDict[str, tuple[float, V]] = OrderedDict()

    def get(self, url: str, *, anew: bool = False) -> V:
        """Return the value of a URL; `anew` fetches it whatever is kept."""
        standing = self._values.get(url)
        if standing is not None and not anew and self._clock() - standing[0] < self._lifetime_s:
            return standing[1]
        value = self._fetch(url)
        self._values[url] = (self._clock(), value)
        self._values.move_to_end(url)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return value
