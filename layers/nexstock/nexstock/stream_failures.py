"""Stream records that no retry helps: set aside in a queue, whole, so that nothing behind them waits.

What Lambda puts into that queue by itself names a record's place in the stream, which forgets it after 24 hours; it is
for what ends a function without its saying so. Which failures are for ever is told apart here: a record that cannot be
read, or that comes to something that DynamoDB never stores, fails every time, while a call that was refused may be
taken later (docs/adr/0028-poison-records.md).
"""

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any, Final

from nexstock.config import function_name
from nexstock.observability import log_fault
from nexstock.persistence.failures import is_invalid
from nexstock.queues import send

_OF_READING: Final = (ArithmeticError, AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What code raises about a value; calls that were refused raise types of their clients, which are none of these."""


def is_for_ever(error: Exception) -> bool:
    """Tell whether a record that failed so would fail again, whenever it is handled by the same code."""
    return isinstance(error, _OF_READING) or is_invalid(error)


def set_aside(record: Mapping[str, Any], error: Exception) -> None:
    """Put a record into the queue of stream failures, with what failed and for whom; `infra.redrive` reads it.

    Two images of 400 KB fit into a message of 1 MiB: compressed, base 85 makes them a quarter longer.
    """
    log_fault("stream record set aside", error)
    packed = zlib.compress(json.dumps(record, ensure_ascii=False).encode())
    send(
        "STREAM_FAILURES",
        {
            "function": function_name(),
            "error": type(error).__qualname__,
            "eventId": str(record.get("eventID", "")),
            "record": base64.b85encode(packed).decode(),
        },
    )
