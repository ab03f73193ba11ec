"""When a failed attempt is tried again (the schedule of Svix, docs.svix.com/retries)."""

import random
from datetime import timedelta
from typing import Final

SCHEDULE: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=10),
)
_JITTER: Final = 0.1


def delay_after(attempts: int) -> timedelta | None:
    """Return how long to wait after so many failed attempts, up to a tenth more; None: no more attempts."""
    if attempts > len(SCHEDULE):
        return None
    # Endpoints that fail together must not be tried again together.
    return SCHEDULE[attempts - 1] * (1 + random.uniform(0, _JITTER))  # noqa: S311 (jitter)
