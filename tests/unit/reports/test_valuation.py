"""Valuations: exact sums, the same however many requests they take."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from nexstock.reports.readings import LevelReading
from nexstock.reports.sums import exact_sum, rounded
from nexstock.reports.valuation import Method, ValuationSoFar, value_stock
from tests.support.readings import ListedReadings, a_level

_VALUES = st.decimals(0, 10**18, places=6)


def _levels(values: Sequence[Decimal]) -> list[LevelReading]:
    return [a_level(f"prd_{place}", f"whs_{place % 3}", "2", str(value)) for place, value in enumerate(values)]


def _valued(readings: ListedReadings, method: Method = Method.AVERAGE, warehouse: str | None = None) -> ValuationSoFar:
    so_far = value_stock(readings, method, warehouse, shows_levels=False, carried=None)
    while (carried := so_far.carried()) is not None:
        so_far = value_stock(readings, method, warehouse, shows_levels=False, carried=carried)
    return so_far


@given(values=st.lists(_VALUES, max_size=40), most=st.integers(1, 50), page=st.integers(1, 50))
def test_sums_are_exact_however_many_requests_they_take(values: list[Decimal], most: int, page: int) -> None:
    so_far = _valued(ListedReadings(_levels(values), most=most, page=page))

    millionths = sum(int(value.scaleb(6)) for value in values)
    assert so_far.total.value == Fraction(millionths, 10**6)
    assert so_far.total.products == len(values)
    for place in range(3):
        ours = [value for number, value in enumerate(values) if number % 3 == place]
        if ours:
            assert so_far.worths[f"whs_{place}"].value == exact_sum(*ours)


def test_each_method_values_stock_in_its_own_way() -> None:
    readings = ListedReadings([a_level("prd_1", "whs_1", "2", "300", "250")])

    assert _valued(readings).total.value == 300
    assert _valued(readings, Method.FIFO).total.value == 250


def test_total_is_the_rounded_sum_and_not_the_sum_of_rounded_figures() -> None:
    so_far = _valued(ListedReadings(_levels([Decimal("0.4"), Decimal("0.4"), Decimal("0.4")])))

    assert [rounded(worth.value) for worth in so_far.worths.values()] == [0, 0, 0]
    assert rounded(so_far.total.value) == 1


def test_one_warehouse_is_valued_alone() -> None:
    readings = ListedReadings([a_level("prd_1", "whs_1", "2", "300"), a_level("prd_1", "whs_2", "1", "200")])

    so_far = _valued(readings, warehouse="whs_2")

    assert set(so_far.worths) == {"whs_2"}
    assert so_far.total.value == 200


def test_product_of_which_nothing_is_left_is_no_product_in_stock() -> None:
    readings = ListedReadings([a_level("prd_1", "whs_1", "0", "0"), a_level("prd_2", "whs_1", "1", "5")])

    so_far = value_stock(readings, Method.AVERAGE, None, shows_levels=True, carried=None)

    assert so_far.total.products == 1
    assert [level.product_id for level in so_far.levels] == ["prd_2"]


def test_fewer_levels_are_read_where_each_is_shown() -> None:
    readings = ListedReadings(_levels([Decimal(1)] * 600), most=5_000)

    so_far = value_stock(readings, Method.AVERAGE, None, shows_levels=True, carried=None)

    assert readings.asked == [500]
    assert len(so_far.levels) == 500
    assert so_far.carried() is not None
