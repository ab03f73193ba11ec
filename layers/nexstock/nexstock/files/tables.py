"""Tables as CSV (RFC 4180): read from any place on with bounded memory, and written.

Read are UTF-8 with or without a byte order mark, commas or semicolons, line ends of any system but the oldest Macs.
Whatever would leave it open where a cell ends is refused, and not guessed.
"""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self, TypeVar

from nexstock.files.cells import Cell, cell_text, neutralised, restored

MAX_CELL_CHARACTERS: Final = 32_767
"""As many as a cell of a spreadsheet holds."""

MAX_COLUMNS: Final = 500

_IN_MEMORY_BYTES: Final = 16 << 20
_MAX_LINE_BYTES: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_DELIMITERS: Final = (",", ";")

T = TypeVar("T")

csv.field_size_limit(MAX_CELL_CHARACTERS)


class MalformedTable(Exception):  # noqa: N818 (names the fact)
    """A text is no table; `row` says where, counted from 1 with the header, `detail` what is wrong."""

    def __init__(self, row: int, detail: str) -> None:
        super().__init__(detail)
        self.row, self.detail = row, detail


@dataclass(frozen=True, slots=True)
class Position:
    """The end of a row: how many bytes and how many rows lie before it, the header and empty ones counted."""

    offset: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, its cells in the order of the columns; `ends` is where the next one begins."""

    cells: list[str]
    ends: Position

    @property
    def number(self) -> int:
        """The row's number, as a spreadsheet shows it: the header has 1."""
        return self.ends.row

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands in the row."""
        return not any(self.cells)


@dataclass(frozen=True, slots=True)
class Header:
    """The first row: the names of the columns, and what divides cells."""

    columns: tuple[str, ...]
    delimiter: str
    ends: Position


def read_header(chunks: Iterable[bytes]) -> Header:
    """Return a table's header.

    Raises:
        MalformedTable: there is none, or it is no row of CSV.
    """
    lines = _Lines(chunks, Position())
    first = _next_or_refused(lines, 1)
    if first is None:
        raise MalformedTable(1, "The table is empty")
    delimiter = max(_DELIMITERS, key=first.count)
    row = next(_rows([first], delimiter, lines, Position()))
    if len(row.cells) > MAX_COLUMNS:
        raise MalformedTable(1, f"The table has more than {MAX_COLUMNS} columns")
    return Header(tuple(cell.strip() for cell in row.cells), delimiter, row.ends)


def read_rows(chunks: Iterable[bytes], delimiter: str, start: Position) -> Iterator[Row]:
    """Give the rows from a position on; the chunks begin there.

    Raises:
        MalformedTable: what follows is no row of CSV.
    """
    lines = _Lines(chunks, start)
    return _rows(lines, delimiter, lines, start)


class GrowingTable:
    """A table whose columns are known only with its last row: till then its rows wait, on disk if they are many.

    They wait until the block ends. It has `MAX_COLUMNS` at most; what would stand in further ones is left out.
    """

    def __init__(self) -> None:
        self._columns: dict[str, None] = {}
        self._rows = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES)  # noqa: SIM115 (closed when the block ends)

    def __enter__(self) -> Self:
        """Begin without rows."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Forget the rows."""
        self._rows.close()

    def add(self, *rows: Mapping[str, Cell]) -> None:
        """Add rows, their cells by their columns."""
        for row in rows:
            for column in row:
                if column not in self._columns and len(self._columns) < MAX_COLUMNS:
                    self._columns[column] = None
            texts = {column: cell_text(cell) for column, cell in row.items()}
            self._rows.write(json.dumps(texts).encode() + b"\n")

    def content(self) -> Iterator[bytes]:
        """Give the table row by row; the first is the header."""
        yield csv_row(neutralised(column) for column in self._columns)
        self._rows.seek(0)
        for line in self._rows:
            texts = json.loads(line)
            yield csv_row(texts.get(column, "") for column in self._columns)


def csv_row(texts: Iterable[str]) -> bytes:
    """Return one row as it is written."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(list(texts))
    return text.getvalue().encode()


class _Lines:
    """The lines of some bytes; `offset` is how many bytes lie before the end of the last one that was given."""

    def __init__(self, chunks: Iterable[bytes], start: Position) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray()
        self._searched = 0
        self._is_first = start.offset == 0
        self.offset = start.offset

    def __iter__(self) -> Self:
        """Return this iterator itself."""
        return self

    def __next__(self) -> str:
        """Return the next line, its end included."""
        line = self._next_bytes()
        self.offset += len(line)
        if self._is_first:
            line, self._is_first = line.removeprefix(_BYTE_ORDER_MARK), False
        return line.decode()

    def _next_bytes(self) -> bytes:
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            if self._searched > _MAX_LINE_BYTES:
                raise _TooLong
            chunk = next(self._chunks, b"")
            if not chunk:
                end = len(self._buffer) - 1
                break
            self._buffer += chunk
        if end < 0:
            raise StopIteration
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        self._searched = 0
        return line


class _TooLong(Exception):  # noqa: N818 (names the fact)
    pass


def _rows(source: Iterable[str], delimiter: str, lines: _Lines, start: Position) -> Iterator[Row]:
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    number = start.row
    while (cells := _next_or_refused(reader, number + 1)) is not None:
        number += 1
        # Line ends within a cell are those of the system that the table comes from; here they are line feeds.
        yield Row([restored(cell.replace("\r\n", "\n")) for cell in cells], Position(lines.offset, number))


def _next_or_refused(source: Iterator[T], number: int) -> T | None:
    try:
        return next(source, None)
    except csv.Error as error:
        raise MalformedTable(number, _reason(error)) from None
    except UnicodeDecodeError:
        raise MalformedTable(number, "The table has to be UTF-8") from None
    except _TooLong:
        raise MalformedTable(number, f"A line has more than {_MAX_LINE_BYTES} bytes") from None


def _reason(error: csv.Error) -> str:
    if "field limit" in str(error):
        return f"A cell has more than {MAX_CELL_CHARACTERS} characters, or a quotation mark is not closed"
    if "end of data" in str(error):
        return "A quotation mark is not closed"
    if "new-line" in str(error):
        return "Lines have to end with a line feed"
    return "After a cell in quotation marks the next one has to follow; a quotation mark within is written twice"
