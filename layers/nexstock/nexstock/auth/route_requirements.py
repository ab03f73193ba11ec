"""What each route requires, for the front door, which knows no handler: `make openapi` writes it from the handlers.

What a route requires is decided by its handler alone. Here it is only looked up to tell of refusals, so that a route
that is missing is refused as well, and not told of; a contract test compares the two.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from nexstock.auth.permissions import Access, Permission, Requirement

REQUIREMENTS_PATH: Final = Path(__file__).with_name("route_requirements.json")
_ACCESS: Final[Mapping[str, Requirement]] = {access.value: access for access in Access}


def operation_of(method: str, path: str) -> str:
    """Return the name of an operation, such as `GET /v1/products/{product_id}`."""
    return f"{method} {path}"


def requirement_of(operation: str) -> Requirement | None:
    """Return what an operation requires; None where there is no such route."""
    value = _requirements().get(operation)
    return None if value is None else _ACCESS.get(value) or Permission(value)


@cache
def _requirements() -> Mapping[str, str]:
    requirements: Mapping[str, str] = json.loads(REQUIREMENTS_PATH.read_text())
    return requirements
