"""Keys for access tokens: published before they sign, kept until their last token ends, replaced at once if need be."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.schedules import rotate_signing_keys as schedule
from nexstock.auth.tokens import LIFETIME
from nexstock.crypto.remembered import KNOWN_FOR
from nexstock.crypto.signing_key_rotation import (
    PUBLISHED_AHEAD,
    RETIRED_AFTER,
    Rotation,
    replace_compromised_keys,
    rotate_signing_keys,
)
from nexstock.crypto.signing_keys import PublishedKeys, present_signer, stored_keys
from tests.support.calls import recorded_calls
from tests.support.events import Context
from tests.support.signing_keys import START, Container, kids, own_signing_keys
from tests.support.token_load import MAX_AGE, put_under_load

_MOMENT = timedelta(milliseconds=1)
_DUE = START + MAX_AGE


@pytest.fixture(autouse=True)
def _own_keys() -> Iterator[None]:
    with own_signing_keys():
        yield


def test_a_key_is_published_a_day_before_it_signs_and_the_one_before_goes_when_its_tokens_have_ended() -> None:
    (first,) = kids()
    assert rotate_signing_keys(_DUE - _MOMENT, MAX_AGE) == Rotation()
    second = rotate_signing_keys(_DUE, MAX_AGE).published
    signs = _DUE + PUBLISHED_AHEAD
    assert kids() == [first, second]
    assert present_signer(signs - _MOMENT).kid == first
    assert present_signer(signs).kid == second
    assert rotate_signing_keys(signs + RETIRED_AFTER - _MOMENT, MAX_AGE) == Rotation()
    assert rotate_signing_keys(signs + RETIRED_AFTER, MAX_AGE) == Rotation(removed=[first])
    assert kids() == [second]


def test_a_key_stays_for_longer_than_anything_that_it_signed_can_be_let_in() -> None:
    assert KNOWN_FOR + LIFETIME + timedelta(minutes=5) < RETIRED_AFTER
    assert PUBLISHED_AHEAD > 10 * KNOWN_FOR


def test_a_schedule_that_ran_late_removes_neither_the_key_that_signs_nor_the_only_one() -> None:
    (first,) = kids()
    late = _DUE + timedelta(days=400)
    second = rotate_signing_keys(late, MAX_AGE).published
    assert kids() == [first, second]
    assert present_signer(late).kid == first
    assert rotate_signing_keys(late + timedelta(days=80), MAX_AGE).removed == [first]
    assert kids() == [second]


def test_a_run_that_comes_again_on_the_same_day_changes_nothing() -> None:
    rotate_signing_keys(_DUE, MAX_AGE)
    after_first = kids()
    assert rotate_signing_keys(_DUE + timedelta(minutes=1), MAX_AGE) == Rotation()
    assert kids() == after_first


def test_no_request_fails_through_three_rotations() -> None:
    load = put_under_load(3, timedelta(seconds=120), seed=23)
    assert load.refused == []
    assert load.requests > 1500
    assert len(load.signed_by) == 4
    assert len(kids()) == 1


def test_a_container_that_does_not_know_a_key_yet_asks_again_and_not_for_every_forger() -> None:
    known = PublishedKeys()
    known.all(_DUE)
    published = replace_compromised_keys(kids(), _DUE + _MOMENT).published
    assert published is not None
    with recorded_calls() as recording:
        assert known.find(published, _DUE + timedelta(seconds=10)) is None
        assert recording.operations == []
        assert known.find(published, _DUE + timedelta(seconds=11)) is not None
        for forged in range(20):
            assert known.find(f"forged{forged}", _DUE + timedelta(seconds=12)) is None
    assert recording.operations == ["Query"]


def test_keys_that_others_may_know_are_replaced_at_once_and_their_tokens_end() -> None:
    rotate_signing_keys(_DUE, MAX_AGE)
    old = kids()
    container = Container()
    token = container.token(_DUE)
    assert container.accepts(token, _DUE)
    now = _DUE + timedelta(minutes=1)
    replaced = replace_compromised_keys(old, now)
    assert replaced == Rotation(kids()[0], old)
    assert present_signer(now).kid == replaced.published
    # What a container knows ends after minutes; one that starts knows it at once.
    for verifier, when in ((Container(), now), (container, _DUE + KNOWN_FOR + _MOMENT)):
        assert not verifier.accepts(token, when)
        assert verifier.accepts(verifier.token(when), when)


def test_replacing_what_was_replaced_changes_nothing() -> None:
    old = kids()
    replace_compromised_keys(old, _DUE)
    standing = kids()
    assert replace_compromised_keys([*old, "never"], _DUE) == Rotation(unknown=sorted([*old, "never"]))
    assert kids() == standing


def test_a_key_that_waits_for_its_time_is_no_replacement_for_one_that_signs() -> None:
    rotate_signing_keys(_DUE, MAX_AGE)
    first, waiting = kids()
    replaced = replace_compromised_keys([first], _DUE)
    assert kids() == [replaced.published, waiting]
    assert present_signer(_DUE).kid == replaced.published
    assert present_signer(_DUE + PUBLISHED_AHEAD).kid == waiting


def test_the_schedule_tells_what_it_did_and_how_old_the_newest_key_is(capsys: pytest.CaptureFixture[str]) -> None:
    (first,) = kids()
    answer = schedule.handler({"compromised": [first, "never"]}, Context())  # type: ignore[arg-type]
    assert answer == {"published": kids()[0], "removed": [first], "unknown": ["never"]}
    assert schedule.handler({"source": "aws.scheduler"}, Context()) == {  # type: ignore[arg-type]
        "published": None,
        "removed": [],
        "unknown": [],
    }
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "KeyAgeDays" in line]
    assert [each["Purpose"] for each in told] == ["access_tokens"] * 2
    assert all(each["KeyOverdueDays"] == [0.0] for each in told)


@pytest.mark.parametrize("compromised", ["kid", {"kid": 1}, [1], None])
def test_an_operator_who_sends_something_else_changes_nothing(compromised: object) -> None:
    before = kids()
    with pytest.raises(TypeError):
        schedule.handler({"compromised": compromised}, Context())  # type: ignore[arg-type]
    assert kids() == before


def test_private_halves_are_sealed_each_for_its_own_version() -> None:
    rotate_signing_keys(_DUE, MAX_AGE)
    first, second = stored_keys()
    assert first.place != second.place
    assert b"PRIVATE" not in first.sealed_private_key
    assert set(second.attribute_values) == {"pk", "sk", "public_jwk", "sealed_private_key", "created_at", "signs_from"}
