"""Cells: nothing that is exported is a formula, and what was exported reads back as it was."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.files.cells import Cell, cell_text, joined, neutralised, parted, restored

_FORMULAS = "=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"
_TEXTS = st.text(alphabet=st.sampled_from([*_FORMULAS, "'", "a", "1", " ", "é", "|", "\\"]), max_size=6) | st.text()


@pytest.mark.parametrize("character", _FORMULAS)
def test_text_that_begins_like_a_formula_is_marked_as_text(character: str) -> None:
    assert cell_text(f'{character}HYPERLINK("https://evil.example")').startswith(f"'{character}")


@given(_TEXTS)
def test_no_text_begins_like_a_formula(text: str) -> None:
    assert not neutralised(text).startswith(tuple(_FORMULAS))


@given(_TEXTS)
def test_neutralised_text_reads_back_as_it_was(text: str) -> None:
    assert restored(neutralised(text)) == text


@pytest.mark.parametrize("text", ["", "Bolt M8", "'tis the season", "a=b", "100 - 5", "0001"])
def test_harmless_text_is_left_alone(text: str) -> None:
    assert neutralised(text) == restored(text) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (-5, "-5"),
        (Decimal("-0.5000"), "-0.5000"),
        (Decimal("1E+3"), "1000"),
        (True, "true"),
        (False, "false"),
    ],
)
def test_what_is_no_text_is_written_plainly(value: Cell, text: str) -> None:
    assert cell_text(value) == text


@given(st.lists(_TEXTS, min_size=1))
def test_joined_list_reads_back_as_it_was(values: list[str]) -> None:
    assert parted(joined(values)) == values


def test_ordinary_values_are_divided_by_bars_alone() -> None:
    assert joined(["4006381333931", "036000291452"]) == "4006381333931|036000291452"
