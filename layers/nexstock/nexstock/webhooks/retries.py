"""When a failed attempt is tried again (the schedule of Svix, docs.svix.com/retries), and what receivers ask for."""

import random
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
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
ATTEMPTS: Final = len(SCHEDULE) + 1
"""How many there are until a message is given up."""

LONGEST_ASKED_WAIT: Final = timedelta(hours=12)
"""However long a receiver asks to be left alone."""

_JITTER: Final = 0.1
_USUAL_THROTTLE: Final = timedelta(seconds=30)
_THROTTLING: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
"""Statuses of a receiver that has too much to do (Standard Webhooks, "Status codes")."""


def delay_after(attempts: int, last_attempt: int = ATTEMPTS) -> timedelta | None:
    """Return how long to wait after so many failed attempts, up to a tenth more; None: no more attempts.

    A message that is sent anew has a `last_attempt` beyond the usual one, and the schedule once more.
    """
    if attempts >= last_attempt:
        return None
    # Endpoints that fail together must not be tried again together.
    return SCHEDULE[len(SCHEDULE) - (last_attempt - attempts)] * (1 + random.uniform(0, _JITTER))  # noqa: S311 (jitter)


def asked_wait(retry_after: str, now: datetime) -> timedelta | None:
    """Return what a `Retry-After` asks for, within our bound (RFC 9110, 10.2.3); None where it says nothing."""
    if retry_after.isdecimal() and retry_after.isascii():
        # More digits than any bound of ours has say no more than the bound.
        return min(timedelta(seconds=int(retry_after[:9])), LONGEST_ASKED_WAIT)
    try:
        instant = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if instant.tzinfo is None:
        return None
    return min(max(instant - now, timedelta()), LONGEST_ASKED_WAIT)


def throttle_after(status: int, asked: timedelta | None) -> timedelta | None:
    """Return for how long a whole endpoint is left alone after an answer that is no 2xx; None: not for that."""
    if asked is not None:
        return asked
    return _USUAL_THROTTLE if status in _THROTTLING else None
