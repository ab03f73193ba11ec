"""What goes wrong in a way that a person can do something about."""

from collections import deque
from pathlib import Path
from typing import Final

_TAIL_LINES: Final = 15


class PlatformFault(Exception):  # noqa: N818 (a fault of the platform, shown to a person)
    """A foreseeable fault; its text says what happened and what to do."""


def hold(holds: bool, otherwise: str) -> None:  # noqa: FBT001 (the statement itself)
    """Let a proof go on if its statement holds.

    Raises:
        PlatformFault: it does not; the message says what is the case instead.
    """
    if not holds:
        message = f"The proof failed: {otherwise}"
        raise PlatformFault(message)


def tail_of(log: Path) -> str:
    """Return the last lines of a log, and where all of it is."""
    try:
        with log.open(errors="replace") as lines:
            last = "".join(f"    {line.rstrip()}\n" for line in deque(lines, _TAIL_LINES))
    except FileNotFoundError:
        last = ""
    return f"{last}All of it is in {log}"
