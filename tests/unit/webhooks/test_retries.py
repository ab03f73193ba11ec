"""When a failed attempt is tried again: Svix's schedule, spread by a tenth."""

from datetime import timedelta

import pytest

from nexstock.clock import from_rfc3339
from nexstock.webhooks.retries import ATTEMPTS, LONGEST_ASKED_WAIT, SCHEDULE, asked_wait, delay_after, throttle_after

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


@pytest.mark.parametrize(("attempts", "seconds"), list(enumerate(_WRITTEN_OUT, start=12)))
def test_a_message_that_is_sent_anew_has_the_whole_schedule_again(attempts: int, seconds: int) -> None:
    delay = delay_after(attempts, last_attempt=11 + ATTEMPTS)

    assert delay is not None
    assert timedelta(seconds=seconds) <= delay <= timedelta(seconds=seconds * 1.1)
    assert delay_after(11 + ATTEMPTS, last_attempt=11 + ATTEMPTS) is None


_NOW = from_rfc3339("2026-11-26T12:00:00.000Z")


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta()),
        ("120", timedelta(seconds=120)),
        ("99999999999999999999999", LONGEST_ASKED_WAIT),
        ("Thu, 26 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        ("Thu, 26 Nov 2026 11:00:00 GMT", timedelta()),
        ("Fri, 26 Nov 2027 12:00:00 GMT", LONGEST_ASKED_WAIT),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("\u0661\u0662", None),
        ("Thu, 99 Nov 2026 12:05:00 GMT", None),
        ("Thu, 26 Nov 2026 12:05:00 -0000", None),
    ],
)
def test_what_a_receiver_asks_for_is_honoured_within_a_bound(text: str, wait: timedelta | None) -> None:
    assert asked_wait(text, _NOW) == wait


@pytest.mark.parametrize("status", [429, 502, 504])
def test_a_receiver_that_has_too_much_to_do_is_left_alone_as_a_whole(status: int) -> None:
    assert throttle_after(status, None) == timedelta(seconds=30)
    assert throttle_after(status, timedelta(minutes=7)) == timedelta(minutes=7)


@pytest.mark.parametrize("status", [0, 301, 404, 500, 503])
def test_any_other_failure_says_nothing_of_the_whole_endpoint_unless_it_asks_for_time(status: int) -> None:
    assert throttle_after(status, None) is None
    assert throttle_after(status, timedelta(minutes=7)) == timedelta(minutes=7)
