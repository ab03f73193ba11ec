"""Tables: read as they were written, from any row on, and refused where a cell's end would be a guess."""

import csv
import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.files.cells import Cell, neutralised
from nexstock.files.tables import (
    MAX_CELL_CHARACTERS,
    MAX_COLUMNS,
    GrowingTable,
    MalformedTable,
    Position,
    Row,
    csv_row,
    read_header,
    read_rows,
)

_CELLS = st.text(alphabet=st.sampled_from([*"ab=+-@'\"\n;,é€😀 |"]), max_size=8)
_TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(_CELLS, min_size=width, max_size=width), min_size=1, max_size=5)
)
_START = Position()


def _written(rows: list[list[str]]) -> bytes:
    return b"".join(csv_row(map(neutralised, row)) for row in rows)


def _pieces(content: bytes, size: int) -> Iterator[bytes]:
    return (content[offset : offset + size] for offset in range(0, len(content), size))


def _rows(content: bytes, *, size: int = 7) -> list[Row]:
    return list(read_rows(_pieces(content, size), ",", _START))


@given(_TABLES, st.integers(1, 9))
def test_table_reads_back_as_it_was_written(rows: list[list[str]], size: int) -> None:
    content = _written(rows)
    assert [row.cells for row in _rows(content, size=size)] == rows


@given(_TABLES, st.integers(1, 9))
def test_rows_are_read_on_from_the_end_of_any_of_them(rows: list[list[str]], size: int) -> None:
    content = _written(rows)
    whole = _rows(content)
    for place, row in enumerate(whole, start=1):
        rest = content[row.ends.offset :]
        assert list(read_rows(_pieces(rest, size), ",", row.ends)) == whole[place:]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_mark_delimiter_and_line_ends_of_any_spreadsheet_are_read(mark: bytes, delimiter: str, end: str) -> None:
    lines = [["sku", " name "], ["a", 'b "c"'], ["d", "e\nf"]]
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end).writerows(lines)
    content = mark + text.getvalue().encode()

    header = read_header(_pieces(content, 5))
    rows = list(read_rows(_pieces(content[header.ends.offset :], 5), header.delimiter, header.ends))

    assert header.columns == ("sku", "name")
    assert [row.cells for row in rows] == lines[1:]
    assert [row.number for row in rows] == [2, 3]


@pytest.mark.parametrize(
    ("content", "row", "detail"),
    [
        (b"", 1, "The table is empty"),
        ("sku,näme\n".encode("latin-1"), 1, "The table has to be UTF-8"),
        ("sku\n".encode("utf-16"), 1, "The table has to be UTF-8"),
        (b'sku,"name\n', 1, "A quotation mark is not closed"),
        (b",".join([b"c"] * 501), 1, "The table has more than 500 columns"),
        (b"a" * (1 << 21), 1, "A line has more than 1048576 bytes"),
    ],
    ids=["empty", "latin-1", "utf-16", "quotation mark", "columns", "line"],
)
def test_what_has_no_header_is_refused(content: bytes, row: int, detail: str) -> None:
    with pytest.raises(MalformedTable) as refused:
        read_header(_pieces(content, 1 << 16))

    assert (refused.value.row, refused.value.detail) == (row, detail)


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b'a\n"b', "A quotation mark is not closed"),
        (b'a\n"b"c\n', "After a cell in quotation marks"),
        (b"a\nb\rc\n", "Lines have to end with a line feed"),
        (b"a\n\xff\n", "The table has to be UTF-8"),
        (b"a\n" + b"b" * (MAX_CELL_CHARACTERS + 1) + b"\n", "A cell has more than"),
        (b'a\n"' + b"b\n" * MAX_CELL_CHARACTERS, "or a quotation mark is not closed"),
    ],
    ids=["open", "after", "carriage return", "encoding", "long", "runaway"],
)
def test_row_whose_cells_cannot_be_told_apart_is_named(content: bytes, detail: str) -> None:
    with pytest.raises(MalformedTable) as refused:
        _rows(content, size=1 << 16)

    assert refused.value.row == 2
    assert detail in refused.value.detail


def test_longest_cell_is_read() -> None:
    (row,) = _rows(b"b" * MAX_CELL_CHARACTERS, size=1 << 16)

    assert row.cells == ["b" * MAX_CELL_CHARACTERS]


def test_empty_rows_are_counted_as_a_spreadsheet_counts_them() -> None:
    rows = _rows(b"a\n\n,\nb\n")

    assert [(row.number, row.is_empty) for row in rows] == [(1, False), (2, True), (3, True), (4, False)]


def _grown(*rows: dict[str, Cell]) -> bytes:
    with GrowingTable() as table:
        for row in rows:
            table.add(row)
        return b"".join(table.content())


def test_table_grows_by_the_columns_of_its_rows() -> None:
    content = _grown({"sku": "A", "attributes.size": "M8"}, {"sku": "B"}, {"sku": "C", "attributes.colour": "=red"})

    assert content == b"sku,attributes.size,attributes.colour\r\nA,M8,\r\nB,,\r\nC,,'=red\r\n"


def test_formula_in_a_table_is_text_and_a_number_is_a_number() -> None:
    assert _grown({"=name": "=1+1", "n": -1}) == b"'=name,n\r\n'=1+1,-1\r\n"


def test_table_has_a_bounded_number_of_columns() -> None:
    header, row = _grown({f"c{number}": "x" for number in range(MAX_COLUMNS + 1)}).splitlines()

    assert header.count(b",") == row.count(b",") == MAX_COLUMNS - 1


def test_table_larger_than_memory_waits_on_disk() -> None:
    rows: list[dict[str, Cell]] = [{"text": "x" * 1_000_000} for _ in range(20)]

    assert len(_grown(*rows)) == len(b"text\r\n") + 20 * 1_000_002
