"""Values in the cells of a table, so that no spreadsheet takes one for a formula and nothing is lost on the way back.

OWASP, "CSV Injection"; ASVS 5.0, 1.2.10. A text that begins like a formula gets an apostrophe, which spreadsheets know
as the mark of a text. So does a text that begins with apostrophes and then like a formula: taking one away again is
then exactly the way back, whatever the text was.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

Cell = str | int | Decimal | bool | None

_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\0\uff1d\uff0b\uff0d\uff20]")
"""The last four are the full-width forms, which some spreadsheets read as the others."""

_INTEGER: Final = re.compile("-?[0-9]{1,18}")
_SEPARATOR: Final = "|"
_ESCAPE: Final = "\\"


def cell_text(value: Cell) -> str:
    """Return the text of a cell; numbers stay numbers, a negative one too."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | Decimal():
            return format(value, "f") if isinstance(value, Decimal) else str(value)
    return neutralised(value)


def neutralised(text: str) -> str:
    """Return a text as no spreadsheet takes it for a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def restored(text: str) -> str:
    """Return the text that `neutralised` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def joined(values: Iterable[str]) -> str:
    """Return a list as one text: `a|b`; a bar or a backslash in a value has a backslash before it."""
    escaped = [value.replace(_ESCAPE, _ESCAPE * 2).replace(_SEPARATOR, _ESCAPE + _SEPARATOR) for value in values]
    return _SEPARATOR.join(escaped)


def parted(text: str) -> list[str]:
    """Return the list that `joined` made a text of."""
    parts, escaped = [""], False
    for character in text:
        if escaped or character not in {_SEPARATOR, _ESCAPE}:
            parts[-1] += character
            escaped = False
        elif character == _ESCAPE:
            escaped = True
        else:
            parts.append("")
    return parts


def as_truth(text: str) -> str | bool:
    """Return true or false for their names, which spreadsheets write in capitals; what is neither stays a text."""
    return {"true": True, "false": False}.get(text.strip().lower(), text)


def as_integer(text: str) -> str | int:
    """Return the integer that a text is; what is none, or has more digits than any of ours, stays a text."""
    stripped = text.strip()
    return int(stripped) if _INTEGER.fullmatch(stripped) else text
