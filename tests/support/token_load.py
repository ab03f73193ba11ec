"""Requests through rotations of the signing keys: containers of different age and clocks, and a schedule that rotates.

The clock is the load's own. It runs densely around the moments at which a key begins to sign and at which its
predecessor goes, and leaves out the months between them.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from nexstock.auth.tokens import LIFETIME
from nexstock.crypto.signing_key_rotation import PUBLISHED_AHEAD, RETIRED_AFTER, rotate_signing_keys
from tests.support.signing_keys import START, Container

MAX_AGE: Final = timedelta(days=90)
_BEFORE: Final = timedelta(minutes=7)
_AFTER: Final = timedelta(minutes=22)


@dataclass
class Load:
    """What was asked, what was refused, and the keys that signed, in their order."""

    requests: int = 0
    refused: list[str] = field(default_factory=list)
    signed_by: list[str] = field(default_factory=list)


def instants(rotations: int, step: timedelta) -> Iterator[tuple[datetime, bool]]:
    """Yield the instants of a load and whether the schedule runs at them, densely around each change of keys."""
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


def put_under_load(rotations: int, step: timedelta, *, seed: int, containers: int = 3) -> Load:
    """Sign and verify by all containers through so many rotations, each token at once and shortly before it ends."""
    chance, load = random.Random(seed), Load()  # noqa: S311 (repeatable)
    warm = [Container(skew=timedelta(seconds=chance.uniform(-2, 2))) for _ in range(containers)]
    living: list[tuple[datetime, str]] = []
    for now, is_scheduled in instants(rotations, step):
        if is_scheduled:
            rotate_signing_keys(now, MAX_AGE)
        # Not every container has something to do at every moment, so their caches are of different age.
        signer = chance.choice(warm)
        token = signer.token(now)
        note_signer(load, token)
        living = [(at, each) for at, each in living if now < at + LIFETIME]
        living.append((now, token))
        _present(load, warm, [token, chance.choice(living)[1], living[0][1]], now)
    return load


def note_signer(load: Load, token: str) -> None:
    """Note which key signed a token, if it is another than before."""
    header = token.partition(".")[0]
    if header not in load.signed_by:
        load.signed_by.append(header)


def _present(load: Load, containers: Sequence[Container], tokens: Sequence[str], now: datetime) -> None:
    for token in tokens:
        for container in containers:
            load.requests += 1
            if not container.accepts(token, now):
                load.refused.append(f"{token[:40]} at {now}")
