"""Structured logs: one JSON line an event, with the request, the organization and the function; no personal data.

Bodies, tokens, keys, codes, mail addresses and authorizer claims are never logged (ASVS 16.2.5).
"""

import json
import sys
import time
import traceback
from datetime import timedelta
from pathlib import PurePath
from typing import Final

from aws_lambda_powertools import Logger

from nexstock.config import function_name, log_level

logger = Logger(service="nexstock", level=log_level(), log_uncaught_exceptions=False)

_NAMESPACE: Final = "NexStock"
_DAY: Final = timedelta(days=1)


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


def measure_key_age(purpose: str, age: timedelta) -> None:
    """Give the age of the newest key of a purpose as the metric `KeyAgeDays`, by function and purpose.

    CloudWatch makes a metric of a line of this form (AWS: "Embedded metric format specification"). It is written
    whatever the log level is: an age that is not told looks like a key that is young.
    """
    metric = {
        "Namespace": _NAMESPACE,
        "Dimensions": [["Function", "Purpose"]],
        "Metrics": [{"Name": "KeyAgeDays", "Unit": "None"}],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]},
        "message": "key age",
        "Function": function_name(),
        "Purpose": purpose,
        "KeyAgeDays": round(age / _DAY, 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")
