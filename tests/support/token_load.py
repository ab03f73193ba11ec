"""Requests through rotations of the signing keys: containers of different age and clocks, and a schedule that rotates.

Containers sign and verify at the same moment, each in a thread, while the schedule rotates in another. The clock is the
load's own. It runs densely around the moments at which a key begins to sign and at which its predecessor goes, and
leaves out the months between them.
"""

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from nexstock.auth.tokens import LIFETIME
from nexstock.crypto.signing_key_rotation import PUBLISHED_AHEAD, RETIRED_AFTER, rotate_signing_keys
from tests.support.signing_keys import START, Container

MAX_AGE: Final = timedelta(days=90)
_BEFORE: Final = timedelta(minutes=7)
_AFTER: Final = timedelta(minutes=22)


@dataclass
class Load:
    """What was asked, what was refused, and the headers of tokens that each key signed, in their order."""

    requests: int = 0
    refused: list[str] = field(default_factory=list)
    signed_by: list[str] = field(default_factory=list)


def put_under_load(rotations: int, step: timedelta, *, seed: int, containers: int = 3) -> Load:
    """Sign and verify by all containers through so many rotations, each token at once and shortly before it ends."""
    chance, load = random.Random(seed), Load()  # noqa: S311 (repeatable)
    warm = [Container(skew=timedelta(seconds=chance.uniform(-2, 2))) for _ in range(containers)]
    living: list[tuple[datetime, str]] = []
    with ThreadPoolExecutor(containers + 1) as threads:
        for now, is_scheduled in _instants(rotations, step):
            rotating = threads.submit(rotate_signing_keys, now, MAX_AGE) if is_scheduled else None
            # Not every container has something to do at every moment, so their caches are of different age.
            signers = chance.sample(warm, chance.randint(1, containers))
            tokens = list(threads.map(partial(Container.token, now=now), signers))
            living = [(at, each) for at, each in living if now < at + LIFETIME] + [(now, each) for each in tokens]
            shown = [*tokens, living[0][1], chance.choice(living)[1]]
            for refused in threads.map(partial(_refused, shown, now), warm):
                load.refused += refused
                load.requests += len(shown)
            load.signed_by = list(dict.fromkeys([*load.signed_by, *(token.partition(".")[0] for token in tokens)]))
            if rotating is not None:
                rotating.result()
    return load


def _instants(rotations: int, step: timedelta) -> Iterator[tuple[datetime, bool]]:
    """Yield the instants of a load and whether the schedule runs at them."""
    now = START
    for _ in range(rotations):
        published = now + MAX_AGE
        signs, retires = published + PUBLISHED_AHEAD, published + PUBLISHED_AHEAD + RETIRED_AFTER
        for moment, runs in ((published, True), (signs, False), (retires, True)):
            instant = moment - _BEFORE
            while instant < moment + _AFTER:
                yield instant, runs and moment <= instant < moment + step
                instant += step
        # The run that published may have been a step late, and the key is as young as that.
        now = published + step


def _refused(tokens: Sequence[str], now: datetime, container: Container) -> list[str]:
    return [f"{token[:40]} at {now}" for token in tokens if not container.accepts(token, now)]
