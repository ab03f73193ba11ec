"""Instants are aware, in UTC, and their text sorts like they do."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.clock import from_rfc3339, to_rfc3339, utc_now

_ZONES = st.integers(min_value=-12 * 60, max_value=14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_INSTANTS = st.builds(
    lambda milliseconds, microseconds, zone: (
        datetime(1, 1, 3, tzinfo=UTC) + timedelta(milliseconds=milliseconds, microseconds=microseconds)
    ).astimezone(zone),
    st.integers(min_value=0, max_value=9998 * 365 * 86_400_000),
    st.integers(min_value=0, max_value=999),
    _ZONES,
)


@given(instant=_INSTANTS)
def test_text_gives_the_instant_back_to_the_millisecond(instant: datetime) -> None:
    returned = from_rfc3339(to_rfc3339(instant))

    assert returned.utcoffset() == timedelta(0)
    assert timedelta(0) <= instant - returned < timedelta(milliseconds=1)


@given(one=_INSTANTS, other=_INSTANTS)
def test_texts_sort_like_the_instants_they_stand_for(one: datetime, other: datetime) -> None:
    if one <= other:
        assert to_rfc3339(one) <= to_rfc3339(other)
    else:
        assert to_rfc3339(one) >= to_rfc3339(other)


def test_text_has_a_fixed_width_in_utc() -> None:
    east = timezone(timedelta(hours=2))

    assert to_rfc3339(datetime(2026, 11, 24, 20, 0, tzinfo=east)) == "2026-11-24T18:00:00.000Z"


@pytest.mark.parametrize("text", ["2026-11-24T18:00:00", "2026-11-24", "now", ""])
def test_text_without_an_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        from_rfc3339(text)


def test_the_present_is_aware() -> None:
    before = datetime.now(UTC)

    assert before <= utc_now() <= datetime.now(UTC)
