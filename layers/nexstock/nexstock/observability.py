"""Structured logs: one JSON line an event, with the request, the organization and the function; no personal data.

Bodies, tokens, keys, codes, mail addresses and authorizer claims are never logged (ASVS 16.2.5).
"""

import traceback
from pathlib import PurePath

from aws_lambda_powertools import Logger

from nexstock.config import log_level

logger = Logger(service="nexstock", level=log_level(), log_uncaught_exceptions=False)


def log_fault(event: str, error: BaseException) -> None:
    """Log a fault once: its types and where it came from.

    Messages of exceptions are left out: libraries put input values, keys and ARNs into them.
    """
    chain: list[str] = []
    cause: BaseException | None = error
    while cause is not None:
        chain.append(type(cause).__qualname__)
        cause = cause.__cause__ or cause.__context__
    frames = [
        f"{PurePath(frame.filename).name}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    logger.error(event, error=chain, frames=frames)
