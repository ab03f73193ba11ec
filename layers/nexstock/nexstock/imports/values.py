"""The values of a row by the names of its columns, and why a row may be refused."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import ValidationError

from nexstock.http.reasons import reason_of

Values = Mapping[str, str]
"""What stands in a row's cells, by column; an empty cell says nothing and is left out."""


class RowRefused(Exception):  # noqa: N818 (names the fact)
    """A row cannot be imported; `errors` are pairs of a column, or None, and what is wrong there."""

    def __init__(self, errors: Sequence[tuple[str | None, str]]) -> None:
        super().__init__()
        self.errors = list(errors)

    @classmethod
    def of(cls, error: ValidationError, column_of: Mapping[str, str]) -> Self:
        """Return the refusal for fields that are not valid; `column_of` knows the columns of their paths."""
        return cls([(_column(entry["loc"], column_of), reason_of(entry)) for entry in error.errors()])


def _column(location: Sequence[str | int], column_of: Mapping[str, str]) -> str | None:
    # Places in a list, and the mark of a name that is itself not valid, are no part of a column's name.
    path = "/".join(part for part in location if isinstance(part, str) and part != "[key]")
    return column_of.get(path, path.replace("/", ".", 1)) or None
