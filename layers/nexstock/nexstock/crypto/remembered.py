"""What a container has looked up and goes by for a while.

The time is the caller's and not a monotonic clock's: that one may stand still while Lambda has a container frozen, and
what was looked up would then be taken for younger than it is.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

KNOWN_FOR: Final = timedelta(minutes=5)
"""How long containers go by the keys that they have looked up; what rotates keys reckons with it."""

T = TypeVar("T")


class Remembered(Generic[T]):
    """One answer, looked up anew once it is too old."""

    def __init__(self, look_up: Callable[[datetime], T]) -> None:
        self._look_up = look_up
        self._known: tuple[datetime, T] | None = None

    def at(self, now: datetime, *, good_for: timedelta = KNOWN_FOR) -> T:
        """Return the answer, which is no older than it is good for."""
        known = self._known
        # A clock that was set back knows nothing of the answer's age.
        if known is None or not timedelta() <= now - known[0] <= good_for:
            known = self._known = now, self._look_up(now)
        return known[1]
