"""Signing keys under faults: a rotation that ends anywhere is run again, two at once do what one does."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from nexstock.crypto import messages
from nexstock.crypto.signing_key_rotation import (
    PUBLISHED_AHEAD,
    RETIRED_AFTER,
    replace_compromised_keys,
    rotate_signing_keys,
)
from nexstock.crypto.signing_keys import present_signer
from tests.support.containers import at_once
from tests.support.crashes import CrashPoint, crash_points, sealing_key_disabled
from tests.support.signing_keys import START, Container, kids, own_signing_keys
from tests.support.token_load import MAX_AGE

pytestmark = pytest.mark.usefixtures("platform")

_DUE = START + MAX_AGE
_LATER = _DUE + MAX_AGE + PUBLISHED_AHEAD
"""When the second key is of age, and the first one over."""


def _assert_signs_at(now_after: timedelta) -> None:
    for now in (_LATER, _LATER + now_after):
        container = Container()
        assert container.accepts(container.token(now), now)


def test_a_rotation_that_crashed_at_any_call_is_made_good_by_the_next() -> None:
    crashes = 0
    for point in crash_points():
        with own_signing_keys():
            rotate_signing_keys(_DUE, MAX_AGE)
            first, second = kids()
            with point:
                rotate_signing_keys(_LATER, MAX_AGE)
            crashes += point.happened
            _assert_signs_at(timedelta())
            rotate_signing_keys(_LATER, MAX_AGE)
            assert first not in kids(), point
            assert kids()[0] == second
            assert len(kids()) == 2, point
            _assert_signs_at(PUBLISHED_AHEAD + RETIRED_AFTER)
    # Reads the keys, seals and stores the next, removes the one before.
    assert crashes >= 2 * 3


def test_a_replacement_that_crashed_at_any_call_is_made_good_by_the_next() -> None:
    crashes = 0
    for point in crash_points():
        with own_signing_keys():
            (old,) = kids()
            with point:
                replace_compromised_keys([old], _DUE)
            crashes += point.happened
            assert present_signer(_DUE).kid in kids()
            replace_compromised_keys([old], _DUE)
            assert len(kids()) == 1, point
            assert old not in kids()
    assert crashes >= 2 * 3


def test_a_rotation_without_kms_changes_nothing_and_tokens_go_on() -> None:
    with own_signing_keys():
        container = Container()
        token = container.token(_DUE)
        before = kids()
        for run in (partial(rotate_signing_keys, _DUE, MAX_AGE), partial(replace_compromised_keys, before, _DUE)):
            # Nothing that KMS wrapped is at hand, as in a container that has just started.
            messages.kms_materials.cache_clear()
            with sealing_key_disabled(), pytest.raises(AWSEncryptionSDKClientError):
                run()
            assert kids() == before
        assert container.accepts(token, _DUE)
        assert container.accepts(container.token(_DUE), _DUE)
        rotate_signing_keys(_DUE, MAX_AGE)
        assert len(kids()) == 2


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 120 * 24),
        st.sampled_from(["rotate", "crash", "replace"]),
        st.integers(1, 4),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=20)
@given(_STEPS)
def test_whatever_happens_somebody_signs_and_no_rotation_ends_a_token(
    steps: list[tuple[int, str, int, bool]],
) -> None:
    now = START
    with own_signing_keys():
        for hours, action, number, after in steps:
            now += timedelta(hours=hours)
            token = Container().token(now)
            if action == "replace":
                replace_compromised_keys([present_signer(now).kid], now)
            else:
                with CrashPoint(number if action == "crash" else 0, after=after):
                    rotate_signing_keys(now, MAX_AGE)
            assert Container().accepts(token, now) == (action != "replace")
            assert Container().accepts(Container().token(now), now)
        # Once a run gets to its end, nothing is left of what others began but a key that waits.
        rotate_signing_keys(now + 2 * PUBLISHED_AHEAD, MAX_AGE)
        assert len(kids()) <= 2


Run = Callable[[], object]


@pytest.mark.parametrize("others", ["rotations", "replacements", "both"])
def test_runs_at_once_do_what_one_does(others: str) -> None:
    with own_signing_keys():
        rotate_signing_keys(_DUE, MAX_AGE)
        first, second = kids()
        rotate: Run = partial(rotate_signing_keys, _LATER, MAX_AGE)
        replace: Run = partial(replace_compromised_keys, [second], _LATER)
        runs = {"rotations": [rotate] * 4, "replacements": [replace] * 4, "both": [rotate, replace] * 2}[others]
        assert [outcome.error for outcome in at_once(runs)] == [None] * 4
        remaining = kids()
        _assert_signs_at(PUBLISHED_AHEAD)
        if others == "rotations":
            assert (len(remaining), remaining[0]) == (2, second)
        else:
            assert second not in remaining
        assert (first in remaining) == (others == "replacements")
