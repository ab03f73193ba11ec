"""What the code of a function may come to: the modules of ours behind its handler, and the services that they name.

Read from the syntax trees, imports inside of functions too: what a test does not happen to reach counts as well.
"""

import ast
from functools import cache
from pathlib import Path
from typing import Final

from tests.support.templates import ROOT, Json, module_of

_PACKAGE: Final = "nexstock"
_LAYER: Final = ROOT / "layers/nexstock"


def modules_behind(function: Json) -> frozenset[str]:
    """Return the modules of the layer that a function's handler imports, directly or through others."""
    handler = ROOT / f"{module_of(function).replace('.', '/')}.py"
    found: set[str] = set()
    waiting = set(_imported(handler))
    while waiting:
        module = waiting.pop()
        path = _path(module)
        if module not in found and path is not None:
            found.add(module)
            waiting |= _imported(path) - found
    return frozenset(found)


def services_of(function: Json) -> frozenset[str]:
    """Return the services of AWS, other than DynamoDB, that a client is made for behind a function's handler."""
    paths = [_path(module) for module in modules_behind(function)]
    return frozenset(service for path in paths if path is not None for service in _clients(path))


@cache
def _imported(path: Path) -> frozenset[str]:
    found = set()
    for node in _nodes(path):
        match node:
            case ast.Import(names=names):
                found |= {each.name for each in names}
            case ast.ImportFrom(module=str(module), names=names):
                # A name that is imported may be a module, or something in one.
                found |= {module, *(f"{module}.{each.name}" for each in names)}
    return frozenset(name for name in found if name.split(".")[0] == _PACKAGE)


@cache
def _path(module: str) -> Path | None:
    place = _LAYER / module.replace(".", "/")
    candidates = (place.with_suffix(".py"), place / "__init__.py")
    return next((path for path in candidates if path.exists()), None)


@cache
def _clients(path: Path) -> frozenset[str]:
    return frozenset(
        node.args[0].value
        for node in _nodes(path)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "client"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    )


@cache
def _nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))
