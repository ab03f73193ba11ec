"""Says what is being done, and how long it took."""

import contextlib
import sys
import time
from collections.abc import Iterator


def say(text: str = "") -> None:
    """Print one line at once, so that progress is seen when it happens."""
    print(text, flush=True)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    """Print a step's name when it begins and its duration when it has worked."""
    began = time.monotonic()
    if sys.stdout.isatty():
        print(f"  … {name}", end="\r", flush=True)
    yield
    say(f"  ✓ {name} ({time.monotonic() - began:.1f} s)")
