"""Common and breached passwords: the list, its obvious variations, and how seldom anything else is taken for one."""

import gzip
import random
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from nexstock.auth.common_passwords import LIST_PATH, is_common
from nexstock.auth.passwords import MIN_LENGTH, MIN_LENGTH_WITH_SECOND_FACTOR, require_acceptable
from nexstock.errors import InvalidRequest

_SAMPLE: Final = gzip.decompress((Path(__file__).parents[2] / "support" / "common_passwords.txt.gz").read_bytes())
_TOP: Final = _SAMPLE.decode().splitlines()[:3000]
_BREACHED: Final = _SAMPLE.decode().splitlines()[3000:]
"""Every thousandth of those with 15 characters or more."""


def _is_refused(password: str, min_length: int = MIN_LENGTH) -> bool:
    try:
        require_acceptable(password, context=[], pointer="/password", min_length=min_length)
    except InvalidRequest:
        return True
    return False


@pytest.mark.asvs("6.2.4")
def test_each_of_the_three_thousand_most_common_ones_is_refused_beside_a_second_factor_too() -> None:
    assert len(set(_TOP)) == 3000
    assert min(len(password) for password in _TOP) == MIN_LENGTH_WITH_SECOND_FACTOR
    for variation in (str, str.upper, str.title):
        accepted = [each for each in _TOP if not _is_refused(variation(each), MIN_LENGTH_WITH_SECOND_FACTOR)]
        assert accepted == []


@pytest.mark.asvs("6.2.12")
def test_breached_passwords_that_are_long_enough_are_refused() -> None:
    assert len(_BREACHED) > 300
    assert min(len(password) for password in _BREACHED) >= MIN_LENGTH
    assert [password for password in _BREACHED if not _is_refused(password)] == []


@pytest.mark.asvs("6.2.4")
@pytest.mark.parametrize(
    "password",
    [
        "football1234567",
        "football-2026-11-24",
        "!!! Football !!!",
        "passwordpassword",
        "Password1!Password1!",
        "qwertyqwertyqwe",
        "sunshine sunshine",
        "correcthorsebatterystaple",
        "123456789012345",
        "abcdefghijklmno",
    ],
)
def test_common_password_repeated_or_padded_is_no_better(password: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        require_acceptable(password, context=[], pointer="/password")

    (error,) = refused.value.extensions["errors"]
    assert error == {
        "pointer": "/password",
        "detail": "must not be one of the passwords that are common or known from breaches, nor a variation of one",
    }


@pytest.mark.parametrize(
    "password",
    [
        "football and sunshine",
        "football harbour lantern",
        "7 footballs for a dragon",
        "2026-11-24 10:15:00 UTC",
        "🚚🛒📦🏭🧾" * 3,
    ],
)
def test_common_words_among_others_may_stand_in_a_password(password: str) -> None:
    require_acceptable(password, context=[], pointer="/password")


def test_phrases_of_three_common_words_are_not_taken_for_listed_ones() -> None:
    words, draw = [each for each in _TOP if each.isalpha()], random.Random(20261124)  # noqa: S311 (the same each time)

    assert not any(is_common(" ".join(draw.choices(words, k=3)).casefold()) for _ in range(5000))


def test_list_is_sorted_and_has_nothing_twice() -> None:
    listed = LIST_PATH.read_bytes()
    entries = [listed[at : at + 5] for at in range(0, len(listed), 5)]

    assert len(entries) == 377_047
    assert all(one < next_one for one, next_one in pairwise(entries))
