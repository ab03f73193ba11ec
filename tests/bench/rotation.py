"""Whether any request fails while signing keys are rotated: many containers, every few seconds, three rotations."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from tests.bench.engine import running_engine
from tests.support.signing_keys import own_signing_keys
from tests.support.token_load import put_under_load

TITLE: Final = "requests through three rotations of the signing keys, and how many were refused"

_ROTATIONS: Final = 3
_CONTAINERS: Final = 12


def measure() -> Iterator[str]:
    """Tell how many requests were made and refused, and name the seed."""
    seed = random.SystemRandom().randrange(1 << 32)
    with running_engine(), own_signing_keys():
        load = put_under_load(_ROTATIONS, timedelta(seconds=5), seed=seed, containers=_CONTAINERS)
    yield f"{load.requests:,} requests by {_CONTAINERS} containers, tokens of {len(load.signed_by)} keys (seed {seed})"
    yield f"{len(load.refused)} refused"
