"""How many of 10,000 random forgeries of a signed audit log the verifier finds, by kind."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Final

from tests.support.signed_logs import forged, signed_log

TITLE: Final = "10,000 forgeries of an exported audit log, and how many of them are found"

_FORGERIES: Final = 10_000


def measure() -> Iterator[str]:
    """Tell how many were tried and found, and name the seed."""
    seed = random.SystemRandom().randrange(1 << 32)
    chance, log = random.Random(seed), signed_log()  # noqa: S311 (repeatable)
    tried: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for _ in range(_FORGERIES):
        kind, forgery = forged(log, chance)
        tried[kind] += 1
        found[kind] += not forgery.verified().is_intact
    for kind in sorted(tried):
        yield f"{kind}: {found[kind]} of {tried[kind]}"
    yield f"all: {found.total()} of {tried.total()}, seed {seed}"
