"""Rows: each says what its view says, in cells that are texts, numbers and truths."""

from decimal import Decimal
from typing import Any

import pytest

from nexstock.exports.rows import by_line, plain
from nexstock.exports.views import MinorUnits
from nexstock.files.cells import cell_text
from nexstock.http.schemas import SignedQuantity, View


class _Money(View):
    amount: int
    currency: str


class _Line(View):
    unit_price: _Money
    quantity: SignedQuantity


class _Sale(View):
    name: str
    total: _Money | None
    lines: list[_Line]


def _sale(*quantities: str) -> _Sale:
    price = _Money(amount=250, currency="USD")
    lines = [_Line(unit_price=price, quantity=Decimal(quantity)) for quantity in quantities]
    return _Sale(name="First", total=None, lines=lines)


def test_view_with_lines_is_a_row_for_each_which_says_all_else_as_well() -> None:
    view, rows = by_line(_sale("2", "-0.5"))

    assert view == _sale("2", "-0.5")
    shared = {"name": "First", "total": None, "line.unitPrice.amount": 250, "line.unitPrice.currency": "USD"}
    assert rows == [{**shared, "line.quantity": 2}, {**shared, "line.quantity": Decimal("-0.5")}]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (Decimal("-0.5"), "-0.5"),
        (Decimal(-3), "-3"),
        (Decimal("0.000001"), "0.000001"),
        (-1, "-1"),
        (True, "true"),
        (None, ""),
        ("-1", "'-1"),
        (["a|b", "c"], r"a\|b|c"),
        ([{"lot": "A"}], '[{"lot": "A"}]'),
    ],
)
def test_value_of_a_view_is_a_cell(value: Any, cell: str) -> None:  # noqa: ANN401 (any value of a view)
    class Holder(View):
        held: MinorUnits | int | bool | str | list[Any] | None

    _view, rows = plain(Holder.model_construct(held=value))

    assert [{name: cell_text(each) for name, each in row.items()} for row in rows] == [{"held": cell}]
