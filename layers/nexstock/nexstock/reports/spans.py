"""The time that a report is about: dates and instants as people name them, in the organization's time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from nexstock.errors import FieldError, InvalidRequest
from nexstock.http.schemas import Day

_USUAL: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=366)
_YEARS: Final = range(1970, 9999)
"""Ids say when things were made from 1970 on."""

_OUT_OF_TIME: Final = FieldError("?from", f"from and to have to lie between the years {_YEARS[0]} and {_YEARS[-1]}")


class Interval(StrEnum):
    """How long each period of a report is, by the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first_day(self, day: date) -> date:
        """Return the first day of the period in which a day lies; weeks begin on Monday (ISO 8601)."""
        match self:
            case Interval.DAY:
                return day
            case Interval.WEEK:
                return day - timedelta(days=day.weekday())
            case Interval.MONTH:
                return day.replace(day=1)

    def next_first_day(self, first_day: date) -> date:
        """Return the first day of the period after the one that begins on a day."""
        match self:
            case Interval.DAY:
                return first_day + timedelta(days=1)
            case Interval.WEEK:
                return first_day + timedelta(days=7)
            case Interval.MONTH:
                return (first_day + timedelta(days=31)).replace(day=1)


@dataclass(frozen=True, slots=True)
class Period:
    """A part of a span: `day` is the first of its calendar day, week or month, the instants are within the span."""

    day: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on, up to before `end`; `zone` says when days begin."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, since: Day | None, until: Day | None, *, zone_name: str, now: datetime) -> "Span":
        """Return the span that a client names; a day as its end is still within it. By default the last 30 days.

        Raises:
            InvalidRequest: it ends before it begins, is longer than 366 days, or lies out of time (422).
        """
        zone = ZoneInfo(zone_name)
        try:
            end = now if until is None else _instant(until, zone, days_later=1)
            start = end - _USUAL if since is None else _instant(since, zone)
            length = _by_the_wall_clock(end, zone) - _by_the_wall_clock(start, zone)
        except OverflowError:
            raise InvalidRequest([_OUT_OF_TIME]) from None
        if start.year not in _YEARS or end.year not in _YEARS:
            raise InvalidRequest([_OUT_OF_TIME])
        if start >= end:
            raise InvalidRequest([FieldError("?from", "has to lie before to")])
        if length > _LONGEST:
            raise InvalidRequest([FieldError("?from", "has to lie at most 366 days before to")])
        return cls(start, end, zone)

    def day_of(self, at: datetime) -> date:
        """Return the day on which an instant lies."""
        return at.astimezone(self.zone).date()

    def periods(self, interval: Interval) -> Iterator[Period]:
        """Give the periods that have a part in the span, the first one first."""
        day = interval.first_day(self.day_of(self.start))
        while (begins := _midnight(day, self.zone)) < self.end:
            following = interval.next_first_day(day)
            yield Period(day, max(begins, self.start), min(_midnight(following, self.zone), self.end))
            day = following


def _instant(day: Day, zone: ZoneInfo, *, days_later: int = 0) -> datetime:
    if isinstance(day, datetime):
        return day.astimezone(UTC)
    return _midnight(day + timedelta(days=days_later), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def _by_the_wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    # A year of days is not always a year of hours: clocks change in between.
    return at.astimezone(zone).replace(tzinfo=None)
