"""Lines of a body: each product once, and no more than is left."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import InvalidRequest
from nexstock.ids import ProductId
from nexstock.stock.errors import ExceedsRemaining
from nexstock.stock.lines import QuantityLine, merged_lines, taken_from

_LEFT = {ProductId("prd_1"): Decimal(5), ProductId("prd_2"): Decimal(0), ProductId("prd_3"): Decimal("0.5")}


def _lines(*lines: tuple[str, str]) -> list[QuantityLine]:
    return [QuantityLine.model_validate({"productId": product, "quantity": quantity}) for product, quantity in lines]


def test_lines_of_one_product_are_one_and_stand_where_it_comes_first() -> None:
    merged = merged_lines(_lines(("prd_1", "2"), ("prd_2", "1"), ("prd_1", "0.5")))
    assert [(each.product_id, each.quantity, each.pointer) for each in merged] == [
        ("prd_1", Decimal("2.5"), "/lines/0"),
        ("prd_2", Decimal(1), "/lines/1"),
    ]


def test_together_lines_name_no_more_than_a_quantity_may_be() -> None:
    with pytest.raises(InvalidRequest):
        merged_lines(_lines(("prd_1", "99999999999"), ("prd_1", "1")))


def test_without_lines_all_that_is_left_is_taken() -> None:
    taken = taken_from(_LEFT, None)
    assert {each: wanted.quantity for each, wanted in taken.items()} == {"prd_1": 5, "prd_3": Decimal("0.5")}


def test_every_excess_is_named() -> None:
    with pytest.raises(ExceedsRemaining) as refused:
        taken_from(_LEFT, _lines(("prd_1", "3"), ("prd_2", "1"), ("prd_1", "3"), ("prd_3", "0.5")))
    assert refused.value.extensions["lines"] == [
        {"productId": "prd_1", "requested": 6, "remaining": 5},
        {"productId": "prd_2", "requested": 1, "remaining": 0},
    ]


def test_a_product_of_which_there_is_no_line_is_refused_where_it_stands() -> None:
    with pytest.raises(InvalidRequest) as refused:
        taken_from(_LEFT, _lines(("prd_1", "3"), ("prd_9", "1")))
    assert refused.value.extensions["errors"][0]["pointer"] == "/lines/1/productId"


@given(st.lists(st.tuples(st.sampled_from(["prd_1", "prd_2", "prd_3"]), st.integers(1, 4)), min_size=1, max_size=8))
def test_what_is_taken_is_what_the_lines_add_up_to_and_never_more_than_is_left(lines: list[tuple[str, int]]) -> None:
    try:
        taken = taken_from(_LEFT, _lines(*((product, str(quantity)) for product, quantity in lines)))
    except ExceedsRemaining:
        sums = {product: sum(number for each, number in lines if each == product) for product, _ in lines}
        assert any(sums[product] > _LEFT[ProductId(product)] for product in sums)
    else:
        assert all(wanted.quantity <= _LEFT[product] for product, wanted in taken.items())
        assert sum(wanted.quantity for wanted in taken.values()) == sum(quantity for _, quantity in lines)
