"""How a correction takes hold of the engine: by name, and loudly when the name is gone.

The engine is patched at start-up instead of forked, so every name that a
correction replaces or calls is checked before the first request. A name that
an engine update removed stops the start instead of silently restoring the
stock behaviour.
"""

from collections.abc import Callable
from types import ModuleType
from typing import Any

EngineRecord = dict[str, Any]
"""A record of the engine's own stores (an API, a table, a key): its shape is the engine's affair."""

EngineResponse = tuple[int, dict[str, Any], bytes]
"""Status, headers (a list is one line per value) and body, as every engine service answers."""


class CorrectionError(RuntimeError):
    """The installed engine is not the one that the corrections were written for."""


def require(owner: object, *names: str) -> None:
    """Assert that the engine still has the names that a correction calls.

    Raises:
        CorrectionError: a name is missing.
    """
    missing = [name for name in names if not hasattr(owner, name)]
    if missing:
        message = f"{_label(owner)} no longer has {', '.join(missing)}: check this correction against the new engine"
        raise CorrectionError(message)


def replace(owner: object, name: str, replacement: object) -> Any:  # noqa: ANN401 - the engine is untyped
    """Put a correction in the place of one of the engine's functions and return the original.

    Raises:
        CorrectionError: the engine has no such name.
    """
    require(owner, name)
    original = getattr(owner, name)
    setattr(owner, name, replacement)
    return original


def replace_entry(table: dict[str, Any], key: str, replacement: Callable[..., Any], *, where: str) -> None:
    """Put a correction in the place of a function that the engine keeps in a dispatch table.

    Raises:
        CorrectionError: the table has no such entry.
    """
    if key not in table:
        message = f"{where} no longer has an entry {key!r}: check this correction against the new engine"
        raise CorrectionError(message)
    table[key] = replacement


def substitute(text: str, old: str, new: str, *, where: str) -> str:
    """Replace one passage of a script that the engine keeps as text.

    Raises:
        CorrectionError: the passage does not occur exactly once.
    """
    if text.count(old) != 1:
        message = f"{where} has changed (no single occurrence of {old.strip().splitlines()[0]!r})"
        raise CorrectionError(message)
    return text.replace(old, new)


def _label(owner: object) -> str:
    if isinstance(owner, ModuleType):
        return owner.__name__
    return owner.__qualname__ if isinstance(owner, type) else type(owner).__qualname__
