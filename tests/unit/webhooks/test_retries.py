"""When a failed attempt is tried again: Svix's schedule, spread by a tenth."""

from datetime import timedelta

import pytest

from nexstock.webhooks.retries import SCHEDULE, delay_after

_WRITTEN_OUT = [5, 300, 1800, 7200, 18_000, 36_000, 36_000]


def test_schedule_is_the_documented_one() -> None:
    assert [step.total_seconds() for step in SCHEDULE] == _WRITTEN_OUT


@pytest.mark.parametrize(("attempts", "seconds"), list(enumerate(_WRITTEN_OUT, start=1)))
def test_delay_is_the_schedules_and_up_to_a_tenth_more(attempts: int, seconds: int) -> None:
    delays = [delay_after(attempts) for _ in range(200)]

    assert all(timedelta(seconds=seconds) <= delay <= timedelta(seconds=seconds * 1.1) for delay in delays if delay)
    assert None not in delays


def test_endpoints_that_fail_together_are_not_tried_together() -> None:
    assert len({delay_after(2) for _ in range(50)}) > 40


@pytest.mark.parametrize("attempts", [8, 9, 100])
def test_attempts_end(attempts: int) -> None:
    assert delay_after(attempts) is None
