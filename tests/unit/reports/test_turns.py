"""Stock turns: what stock was worth in the past follows from what it is worth now."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from nexstock.reports.readings import MovementReading
from nexstock.reports.spans import Span
from nexstock.reports.turns import Turnover, begun, sum_up_turnover
from tests.support.readings import ListedReadings, a_level, a_movement

_NOW = datetime(2026, 11, 26, tzinfo=UTC)
_SPAN = Span(_NOW - timedelta(days=20), _NOW - timedelta(days=10), ZoneInfo("UTC"))
_MOVEMENTS = st.lists(
    st.builds(
        a_movement,
        st.timedeltas(timedelta(0), timedelta(days=29)).map(lambda age: _NOW - timedelta(days=30) + age),
        st.integers(-100, 100).map(str),
        revenue=st.integers(0, 5) | st.none(),
        warehouse=st.sampled_from(["whs_1", "whs_2"]),
    ),
    max_size=30,
).map(lambda movements: sorted(movements, key=lambda movement: movement.at))


def _reported(readings: ListedReadings, warehouse: str | None = None, span: Span = _SPAN) -> dict[str, Turnover]:
    so_far = sum_up_turnover(readings, begun(span, _NOW, None), warehouse)
    later = _NOW
    while (carried := so_far.carried()) is not None:
        later += timedelta(seconds=1)
        so_far = sum_up_turnover(readings, begun(span, later, carried), warehouse)
    return so_far.turnovers


@given(movements=_MOVEMENTS, most=st.integers(1, 12), page=st.integers(1, 12))
def test_past_values_follow_from_the_movements(movements: list[MovementReading], most: int, page: int) -> None:
    def worth(warehouse: str, until: datetime) -> Decimal:
        return sum((each.value for each in movements if each.warehouse_id == warehouse and each.at < until), Decimal(0))

    levels = [a_level("prd_1", each, "1", str(worth(each, _NOW))) for each in ("whs_1", "whs_2")]

    turnovers = _reported(ListedReadings(levels, movements, most=most, page=page))

    for warehouse, turnover in turnovers.items():
        assert turnover.opening == worth(warehouse, _SPAN.start)
        assert turnover.closing == worth(warehouse, _SPAN.end)
        sold = [each for each in movements if each.is_sale and each.warehouse_id == warehouse]
        within = [each.value for each in sold if _SPAN.start <= each.at < _SPAN.end]
        assert turnover.cost_of_goods_sold == -sum(within, Decimal(0))


def test_turns_are_what_was_sold_over_what_lay_there() -> None:
    sale = a_movement(_SPAN.start, "-100", quantity="-10", revenue=300)
    turnovers = _reported(ListedReadings([a_level("prd_1", "whs_1", "10", "150")], [sale]))

    # It was worth 250 before and 150 after, so 200 on average; half of that was sold within ten days.
    turnover = turnovers["whs_1"]
    assert (turnover.average, turnover.turns, turnover.days_in_stock(_SPAN)) == (Decimal(200), 0.5, 20.0)


def test_where_nothing_lay_nothing_turned() -> None:
    turnover = Turnover()

    assert (turnover.turns, turnover.days_in_stock(_SPAN)) == (None, None)


def test_where_nothing_was_sold_stock_did_not_turn() -> None:
    turnover = Turnover(opening=Decimal(5), closing=Decimal(5))

    assert (turnover.turns, turnover.days_in_stock(_SPAN)) == (0.0, None)


def test_time_to_come_has_moved_nothing() -> None:
    span = Span(_NOW + timedelta(days=1), _NOW + timedelta(days=2), ZoneInfo("UTC"))

    turnovers = _reported(ListedReadings([a_level("prd_1", "whs_1", "10", "150")]), span=span)

    assert turnovers == {"whs_1": Turnover(Decimal(150), Decimal(150))}


def test_one_warehouse_is_reported_alone() -> None:
    levels = [a_level("prd_1", warehouse, "1", "5") for warehouse in ("whs_1", "whs_2")]
    sales = [a_movement(_SPAN.start, "-1", revenue=1, warehouse=warehouse) for warehouse in ("whs_1", "whs_2")]

    turnovers = _reported(ListedReadings(levels, sales), "whs_2")

    assert turnovers == {"whs_2": Turnover(Decimal(6), Decimal(5), Decimal(1))}
