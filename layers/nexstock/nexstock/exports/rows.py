"""What is exported, as rows of a table that say the same as its view: `price.amount` is a part of `price`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from nexstock.files.cells import Cell, joined
from nexstock.http.schemas import View

Row = Mapping[str, Cell]
Exported = tuple[View, Sequence[Row]]
"""One thing as the API shows it, and as the rows of a table."""


def plain(view: View) -> Exported:
    """Return a view and the one row that says the same; lists of texts are divided by bars, others are JSON."""
    return view, [dict(_flat("", _values_of(view)))]


def by_line(view: View) -> Exported:
    """Return a view that has `lines`, and a row for each of them (`line.quantity`), which says all else as well."""
    values = _values_of(view)
    lines = values.pop("lines")
    return view, [dict(_flat("", {**values, "line": line})) for line in lines]


def _values_of(view: View) -> dict[str, Any]:
    return view.model_dump(mode="json", by_alias=True)


def _flat(name: str, value: Any) -> Iterator[tuple[str, Cell]]:  # noqa: ANN401 (any JSON value)
    match value:
        case dict():
            for part, inner in value.items():
                yield from _flat(f"{name}.{part}" if name else part, inner)
        case list() if all(isinstance(each, str) for each in value):
            yield name, joined(value)
        case list():
            yield name, json.dumps(value)
        case float():
            yield name, Decimal(str(value))
        case _:
            yield name, value
