"""The checkpoint key under faults: a rotation that ends anywhere is taken up again, and leaves no key behind in KMS."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from nexstock.crypto.checkpoint_key_rotation import (
    CLAIMED_FOR,
    DISABLED_AFTER,
    PUBLISHED_AHEAD,
    CheckpointRotation,
    replace_checkpoint_key,
    rotate_checkpoint_key,
)
from nexstock.crypto.checkpoint_keys import CheckpointKeys, stored_items, stored_keys
from tests.support.checkpoint_keys import START, kms_keys, own_checkpoint_keys, state_of
from tests.support.containers import at_once
from tests.support.crashes import crash_points
from tests.support.environment import CHECKPOINT_KEY_TAG

pytestmark = pytest.mark.usefixtures("platform")

_MAX_AGE = timedelta(days=730)
_DUE = START + _MAX_AGE

_rotate = partial(rotate_checkpoint_key, max_age=_MAX_AGE, signs=CHECKPOINT_KEY_TAG)
_replace = partial(replace_checkpoint_key, "V0001", signs=CHECKPOINT_KEY_TAG)


def test_a_rotation_that_crashed_at_any_call_is_taken_up_by_a_later_one() -> None:
    crashes = 0
    for point in crash_points():
        with own_checkpoint_keys():
            with point:
                _rotate(_DUE)
            crashes += point.happened
            assert CheckpointKeys().present(_DUE).version == "V0001", point
            _rotate(_DUE + CLAIMED_FOR)
            assert [key.arn for key in stored_keys()[1:]] == kms_keys("V0002"), point
            assert len(stored_items()) == 2
    # Reads what there is, claims, looks for a key, makes it, reads its public half, records it.
    assert crashes == 2 * 6


def test_a_claim_keeps_a_second_run_from_making_a_second_key() -> None:
    with own_checkpoint_keys():
        for point in crash_points():
            with point:
                _rotate(_DUE)
            if len(stored_items()) > 1:
                break
        assert len(stored_keys()) == 1
        assert _rotate(_DUE + CLAIMED_FOR - timedelta(seconds=1)) == CheckpointRotation()
        assert kms_keys("V0002") == []
        assert _rotate(_DUE + CLAIMED_FOR) == CheckpointRotation("V0002")


def test_an_end_that_crashed_at_any_call_is_made_good_by_the_next() -> None:
    for point in crash_points():
        with own_checkpoint_keys():
            _rotate(_DUE)
            later = _DUE + PUBLISHED_AHEAD + DISABLED_AFTER
            with point:
                _rotate(later)
            _rotate(later)
            first, second = stored_keys()
            assert (first.ended_at, second.ended_at) == (later, None), point
            assert (state_of(first.arn), state_of(second.arn)) == ("Disabled", "Enabled")


def test_a_replacement_that_crashed_at_any_call_is_made_good_by_a_later_one() -> None:
    for point in crash_points():
        with own_checkpoint_keys():
            with point:
                _replace(_DUE)
            # Somebody signs at any time.
            assert state_of(CheckpointKeys().present(_DUE).arn) == "Enabled", point
            _replace(_DUE + CLAIMED_FOR)
            first, second = stored_keys()
            assert [second.arn] == kms_keys("V0002"), point
            assert CheckpointKeys().present(_DUE + CLAIMED_FOR) == second
            assert state_of(first.arn) == "Disabled"


@pytest.mark.parametrize("run", [_rotate, _replace])
def test_runs_at_once_make_one_key(run: Callable[..., CheckpointRotation]) -> None:
    with own_checkpoint_keys():
        outcomes = at_once([partial(run, _DUE) for _ in range(4)])
        assert [outcome.error for outcome in outcomes] == [None] * 4
        assert [outcome.value.published for outcome in outcomes if outcome.value and outcome.value.published] == [
            "V0002"
        ]
        assert len(kms_keys("V0002")) == 1
        assert len(stored_items()) == 2
