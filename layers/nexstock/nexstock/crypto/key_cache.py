"""Opened keys, kept in the container within bounds: so many, for so long, for so many uses."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")


@dataclass(slots=True)
class _Kept(Generic[K]):
    key: K
    until: float
    uses_left: int


class KeyCache(Generic[K]):
    """Forgets the least recently used beyond `most`, and each after `lifetime_s` seconds or `uses` uses.

    By the clock of the day: the monotonic one may stand still while a container is frozen between requests.
    """

    def __init__(self, *, most: int, lifetime_s: float, uses: int) -> None:
        self._most, self._lifetime_s, self._uses = most, lifetime_s, uses
        self._kept: OrderedDict[tuple[str, ...], _Kept[K]] = OrderedDict()

    def get(self, name: tuple[str, ...]) -> K | None:
        """Return a key for one use, if it is at hand."""
        kept = self._kept.pop(name, None)
        if kept is None or time.time() >= kept.until or kept.uses_left <= 0:
            return None
        kept.uses_left -= 1
        # At the end again, as the most recently used.
        self._kept[name] = kept
        return kept.key

    def put(self, name: tuple[str, ...], key: K) -> None:
        """Keep a key that was just opened."""
        self._kept.pop(name, None)
        self._kept[name] = _Kept(key, time.time() + self._lifetime_s, self._uses)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def drop(self, name: tuple[str, ...]) -> bool:
        """Forget a key; tell whether it was kept."""
        return self._kept.pop(name, None) is not None

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
