"""Sort keys of versions: `V` and four digits, so that text order is the order in which they were made."""

from typing import Final

FIRST_VERSION: Final = "V0001"


def version_after(sort_key: str) -> str:
    """Return the sort key of the version that follows one."""
    return f"V{version_number(sort_key) + 1:04d}"


def version_number(sort_key: str) -> int:
    """Return which version a sort key stands for; 0 for signing keys from before they had versions."""
    number = sort_key.removeprefix("V")
    return int(number) if number.isdecimal() else 0
