"""The time that a report is about, as people name it, and its periods by their calendar."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.errors import InvalidRequest
from nexstock.http.schemas import Day
from nexstock.reports.spans import Interval, Span

_NOW = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
_ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Chatham", "Pacific/Apia"])


def _span(since: Day | None, until: Day | None, zone: str = "UTC") -> Span:
    return Span.of(since, until, zone_name=zone, now=_NOW)


def test_last_thirty_days_are_the_span_of_who_names_none() -> None:
    span = _span(None, None)

    assert (span.start, span.end) == (_NOW - timedelta(days=30), _NOW)


def test_thirty_days_end_where_the_client_says() -> None:
    span = _span(None, datetime(2026, 3, 1, tzinfo=UTC))

    assert span.start == datetime(2026, 1, 30, tzinfo=UTC)


def test_days_begin_in_the_organizations_time_zone_and_the_last_is_whole() -> None:
    span = _span(date(2026, 10, 1), date(2026, 10, 31), "Europe/Berlin")

    # Berlin has summer time on the first day and winter time after the last.
    assert span.start == datetime(2026, 9, 30, 22, tzinfo=UTC)
    assert span.end == datetime(2026, 10, 31, 23, tzinfo=UTC)


def test_instants_are_taken_as_they_are() -> None:
    since, until = datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 10, 1, 9, tzinfo=UTC)

    span = _span(since, until, "Europe/Berlin")

    assert (span.start, span.end) == (since, until)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2026, 10, 2), date(2026, 10, 1)),
        (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)),
        (date(2026, 12, 1), None),
        (date(2025, 1, 1), date(2026, 1, 2)),
        (datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 0, 0, 1, tzinfo=UTC)),
        (date(1, 1, 1), date(1, 1, 2)),
        (date(1969, 12, 31), date(1970, 1, 1)),
        (date(9998, 12, 1), date(9999, 12, 31)),
        (date(9999, 12, 1), date(9999, 12, 30)),
    ],
)
def test_what_is_no_span_of_a_year_at_most_is_refused(since: Day, until: Day | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _span(since, until)
    assert refused.value.extensions["errors"][0]["pointer"] == "?from"


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York"])
def test_year_of_days_is_a_span_wherever_clocks_change(zone: str) -> None:
    for month in range(1, 13):
        first = date(2027, month, 28)
        assert _span(first, first + timedelta(days=365), zone).start


@pytest.mark.parametrize(
    ("interval", "days"),
    [
        (Interval.DAY, [date(2026, 10, day) for day in range(24, 32)] + [date(2026, 11, 1), date(2026, 11, 2)]),
        (Interval.WEEK, [date(2026, 10, 19), date(2026, 10, 26), date(2026, 11, 2)]),
        (Interval.MONTH, [date(2026, 10, 1), date(2026, 11, 1)]),
    ],
)
def test_periods_are_those_of_the_calendar(interval: Interval, days: list[date]) -> None:
    span = _span(date(2026, 10, 24), date(2026, 11, 2), "Europe/Berlin")

    assert [period.day for period in span.periods(interval)] == days


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 (bounds)
    hours=st.integers(1, 364 * 24),
    zone=_ZONES,
    interval=st.sampled_from(Interval),
)
def test_periods_cover_the_span_without_gap_or_overlap(
    start: datetime, hours: int, zone: str, interval: Interval
) -> None:
    span = _span(start, start + timedelta(hours=hours), zone)

    periods = list(span.periods(interval))

    assert (periods[0].start, periods[-1].end) == (span.start, span.end)
    assert all(period.start < period.end for period in periods)
    assert all(one.end == other.start for one, other in pairwise(periods))
    assert all(interval.first_day(span.day_of(period.start)) == period.day for period in periods)
