"""Time as an argument: services and repositories take a `Clock`, tests pass their own."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present instant as an aware UTC datetime."""


def utc_now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_rfc3339(instant: datetime) -> str:
    """Return the instant as RFC 3339 in UTC with milliseconds, e.g. `2026-11-24T18:00:00.000Z`.

    The width is fixed, so that the text sorts like the instants it stands for.
    """
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_rfc3339(text: str) -> datetime:
    """Return the aware instant that `to_rfc3339` wrote.

    Raises:
        ValueError: the text is no RFC 3339 instant with an offset.
    """
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        message = "an instant needs an offset"
        raise ValueError(message)
    return instant.astimezone(UTC)
