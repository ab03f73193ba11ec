"""What Pydantic says of a value that is not valid, in the words of the API; apart, for what no request carries, too."""

from collections.abc import Mapping
from typing import Any


def reason_of(entry: Mapping[str, Any]) -> str:
    """Return what is wrong, of one of the errors that Pydantic lists."""
    message = str(entry["msg"])
    if entry["type"] == "extra_forbidden":
        return "unknown field"
    if entry["type"] == "missing":
        return "required"
    # Pydantic prefixes the message of a validator's ValueError with its class.
    return message.removeprefix("Value error, ")
