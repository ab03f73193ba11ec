"""Sales by period: every movement in exactly one period, the same sums however many requests they take."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from nexstock.reports.readings import MovementReading
from nexstock.reports.sales import Sales, SalesReport, SalesSoFar, Sold
from nexstock.reports.spans import Interval, Period, Span
from tests.support.readings import ListedReadings, a_movement

_BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
_SPAN = Span.of(date(2026, 10, 1), date(2026, 10, 31), zone_name="Europe/Berlin", now=_BEGIN)
_MOVEMENTS = st.lists(
    st.builds(
        a_movement,
        st.timedeltas(timedelta(0), timedelta(days=29)).map(lambda age: _SPAN.start + age),
        st.decimals(-100, 100, places=6).map(str),
        quantity=st.integers(-9, 9).map(str),
        revenue=st.integers(-500, 500) | st.none(),
        currency=st.sampled_from(["USD", "EUR"]),
        warehouse=st.sampled_from(["whs_1", "whs_2"]),
    ),
    max_size=30,
).map(lambda movements: sorted(movements, key=lambda movement: movement.at))


def _reported(
    readings: ListedReadings, interval: Interval = Interval.DAY, warehouse: str | None = None
) -> tuple[list[tuple[Period, Sold]], Sold]:
    report = SalesReport(readings, interval, warehouse, currency="USD")
    so_far = report.summed_up(_SPAN, None)
    periods = list(so_far.periods)
    while so_far.carried is not None:
        so_far = report.summed_up(_SPAN, so_far.carried)
        periods += so_far.periods
    return periods, so_far.total


@given(movements=_MOVEMENTS, most=st.integers(1, 12), page=st.integers(1, 12), interval=st.sampled_from(Interval))
def test_sums_are_the_same_however_many_requests_they_take(
    movements: list[MovementReading], most: int, page: int, interval: Interval
) -> None:
    at_once = _reported(ListedReadings((), movements), interval)

    assert _reported(ListedReadings((), movements, most=most, page=page), interval) == at_once


@given(movements=_MOVEMENTS, interval=st.sampled_from(Interval))
def test_periods_add_up_to_the_total(movements: list[MovementReading], interval: Interval) -> None:
    periods, total = _reported(ListedReadings((), movements), interval)

    summed: dict[str, Sales] = {}
    for _, sold in periods:
        for currency, sales in sold.items():
            summed[currency] = summed.get(currency, Sales()).plus(sales)
    assert summed == total
    assert [period for period, _ in periods] == list(_SPAN.periods(interval))


def test_sale_is_in_the_day_of_the_organizations_time_zone() -> None:
    at = datetime(2026, 10, 4, 22, 30, tzinfo=UTC)
    periods, _ = _reported(ListedReadings((), [a_movement(at, "-5", quantity="-1", revenue=9, currency="USD")]))

    assert [period.day for period, sold in periods if sold] == [date(2026, 10, 5)]


def test_what_came_back_is_taken_off() -> None:
    sold = a_movement(_BEGIN, "-30", quantity="-3", revenue=90, currency="EUR")
    back = a_movement(_BEGIN + timedelta(hours=1), "10", quantity="1", revenue=-30, currency="EUR")

    _, total = _reported(ListedReadings((), [sold, back]))

    assert total == {"EUR": Sales(60, Decimal(20), Decimal(2))}


def test_what_was_not_sold_is_no_sale() -> None:
    _, total = _reported(ListedReadings((), [a_movement(_BEGIN, "-30", quantity="-3")]))

    assert total == {}


def test_one_warehouse_is_reported_alone() -> None:
    movements = [
        a_movement(_BEGIN, "-1", quantity="-1", revenue=number, currency="USD", warehouse=f"whs_{number}")
        for number in (1, 2)
    ]

    assert _reported(ListedReadings((), movements), warehouse="whs_2")[1]["USD"].revenue == 2


def test_sale_without_a_currency_is_in_the_organizations() -> None:
    movement = a_movement(_BEGIN, "-1", quantity="-1", revenue=0)

    assert set(_reported(ListedReadings((), [movement]))[1]) == {"USD"}


def test_report_keeps_the_span_of_its_first_request() -> None:
    movements = [a_movement(_BEGIN + timedelta(days=day), "-1", revenue=1, currency="USD") for day in range(3)]
    report = SalesReport(ListedReadings((), movements, most=1), Interval.DAY, None, currency="USD")

    first = report.summed_up(_SPAN, None)
    later = Span(_SPAN.start + timedelta(hours=1), _SPAN.end + timedelta(hours=1), _SPAN.zone)
    second: SalesSoFar = report.summed_up(later, first.carried)

    assert second.span == _SPAN
