"""A table before its import: whether every row can be told apart, and which columns and rows there are.

What is wrong with the table itself is found before anything is changed; what is wrong with a row fails that row only.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from nexstock.files.tables import Header, MalformedTable, Position, Row, read_header, read_rows
from nexstock.imports.kinds import ImportKind
from nexstock.imports.model import RowError
from nexstock.imports.values import Values

MAX_ROWS: Final = 250_000
_MOST_REPEATED: Final = 1_000

Content = Callable[[int], Iterator[bytes]]
"""Gives a table's bytes from an offset on."""


class UnfitTable(Exception):  # noqa: N818 (names the fact)
    """A table is not imported at all; `errors` say why."""

    def __init__(self, errors: Iterable[RowError]) -> None:
        super().__init__()
        self.errors = list(errors)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a table holds: how many rows, and which of them name what an earlier one names."""

    rows: int
    repeated_rows: tuple[int, ...]


def inspect(content: Content, kind: ImportKind) -> Inspection:
    """Read a whole table once and return what it holds.

    Raises:
        UnfitTable: it is no table, has columns that the kind does not, no rows or too many.
    """
    try:
        header = fit_header(content, kind)
        place = header.columns.index(kind.key)
        seen: set[str] = set()
        repeated, count = [], 0
        for row in rows_from(content, header, header.ends):
            count += 1
            key = row.cells[place].strip() if place < len(row.cells) else ""
            if key in seen and key:
                repeated.append(row.number)
            seen.add(key)
            if count > MAX_ROWS:
                raise UnfitTable([RowError(row.number, None, f"The table has more than {MAX_ROWS} rows")])
    except MalformedTable as malformed:
        raise UnfitTable([RowError(malformed.row, None, malformed.detail)]) from None
    if count == 0:
        raise UnfitTable([RowError(1, None, "The table has no rows")])
    if len(repeated) > _MOST_REPEATED:
        detail = f"More than {_MOST_REPEATED} rows name what an earlier row names"
        raise UnfitTable([RowError(repeated[0], kind.key, detail)])
    return Inspection(count, tuple(repeated))


def fit_header(content: Content, kind: ImportKind) -> Header:
    """Return a table's header.

    Raises:
        MalformedTable: there is none.
        UnfitTable: its columns are not the kind's.
    """
    header = read_header(content(0))
    errors = [RowError.at(1, column, detail) for column, detail in _unfit_columns(header.columns, kind)]
    if errors:
        raise UnfitTable(errors)
    return header


def rows_from(content: Content, header: Header, start: Position) -> Iterator[Row]:
    """Give the rows from a position on that are not empty.

    Raises:
        MalformedTable: what follows is no row of CSV.
    """
    return (row for row in read_rows(content(start.offset), header.delimiter, start) if not row.is_empty)


def values_of(row: Row, header: Header) -> Values | None:
    """Return what stands in a row's cells; None if it has fewer cells than there are columns, or more."""
    width = len(header.columns)
    # Spreadsheets write empty cells beyond the last column where there once was something.
    if len(row.cells) < width or any(row.cells[width:]):
        return None
    return {column: cell for column, cell in zip(header.columns, row.cells, strict=False) if cell}


def _unfit_columns(columns: tuple[str, ...], kind: ImportKind) -> Iterator[tuple[str | None, str]]:
    if kind.key not in columns:
        yield kind.key, "This column is missing"
    for place, column in enumerate(columns):
        further = column.startswith(kind.prefixes) and column not in kind.prefixes
        if not column:
            yield None, f"Column {place + 1} has no name"
        elif column in columns[:place]:
            yield column, "There are two columns of this name"
        elif column not in kind.columns and not further:
            yield column, "There is no such column"
