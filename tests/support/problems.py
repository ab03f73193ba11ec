"""Every problem that the platform knows, wherever it is defined."""

import importlib
from pathlib import Path
from typing import Final

import nexstock
from nexstock.errors import Problem

_ROOT: Final = Path(nexstock.__file__).parent
_MODULES: Final = [
    ".".join(("nexstock", *path.relative_to(_ROOT).with_suffix("").parts)) for path in sorted(_ROOT.rglob("errors.py"))
]

PROBLEMS: Final[list[type[Problem]]] = [
    each
    for name in _MODULES
    for each in vars(importlib.import_module(name)).values()
    if isinstance(each, type) and issubclass(each, Problem) and each.__module__ == name
]
