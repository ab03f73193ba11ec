"""What the whole run tries of a long list of like cases, and what `make thorough` tries as well."""

from collections.abc import Iterable

import pytest
from _pytest.mark import ParameterSet


def sampled(names: Iterable[str], *, kept: frozenset[str]) -> list[ParameterSet]:
    """Return all cases, those that are not kept for the whole run marked `thorough`.

    Raises:
        ValueError: one that is kept is none of them.
    """
    cases = list(names)
    if unknown := kept - set(cases):
        raise ValueError(unknown)
    return [pytest.param(name, marks=() if name in kept else pytest.mark.thorough, id=name) for name in cases]
