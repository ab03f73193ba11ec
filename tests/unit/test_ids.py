"""Identifiers name their kind, sort by time, and have one form only."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexstock.ids import encode_ulid, first_id, is_id, made_at, new_id, pattern_of, ulid

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_INSTANTS = st.timedeltas(min_value=timedelta(days=1), max_value=timedelta(days=365 * 7000)).map(
    lambda age: datetime(1970, 1, 1, tzinfo=UTC) + age
)


@given(value=st.integers(min_value=0, max_value=2**128 - 1))
def test_ulid_text_stands_for_its_number_and_no_other(value: int) -> None:
    text = encode_ulid(value)

    assert len(text) == 26
    assert sum(_ALPHABET.index(character) << (5 * place) for place, character in enumerate(reversed(text))) == value


@given(earlier=_INSTANTS, gap_ms=st.integers(min_value=1, max_value=10**9))
def test_ids_sort_by_the_time_they_were_made(earlier: datetime, gap_ms: int) -> None:
    later = earlier + timedelta(milliseconds=gap_ms)

    assert ulid(earlier)[:10] < ulid(later)[:10]
    assert new_id("prd", earlier) < new_id("prd", later)


@given(at=_INSTANTS)
def test_ids_tell_when_they_were_made(at: datetime) -> None:
    assert timedelta(0) <= at - made_at(new_id("prd", at)) < timedelta(milliseconds=1)


@given(at=_INSTANTS)
def test_first_id_of_a_time_stands_before_every_id_of_it(at: datetime) -> None:
    assert new_id("mov", at - timedelta(milliseconds=1)) < first_id("mov", at) <= new_id("mov", at)


def test_before_ids_began_every_id_is_later() -> None:
    assert first_id("mov", datetime(1960, 1, 1, tzinfo=UTC)) == "mov_" + "0" * 26


@given(at=_INSTANTS)
def test_new_ids_are_of_their_own_kind_only(at: datetime) -> None:
    text = new_id("prd", at)

    assert is_id(text, "prd")
    assert not is_id(text, "org")
    assert not is_id(text.lower(), "prd")


def test_ids_made_at_one_moment_differ() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)

    assert len({new_id("prd", at) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "prd_",
        "01JDZZZZZZZZZZZZZZZZZZZZZZ",
        "prd_01JDZZZZZZZZZZZZZZZZZZZZZ",
        "prd_01JDZZZZZZZZZZZZZZZZZZZZZZZ",
        "prd_81JDZZZZZZZZZZZZZZZZZZZZZZ",
        "prd_01JDIZZZZZZZZZZZZZZZZZZZZZ",
        "prd_01jdzzzzzzzzzzzzzzzzzzzzzz",
        " prd_01JDZZZZZZZZZZZZZZZZZZZZZZ",
        "prd_01JDZZZZZZZZZZZZZZZZZZZZZZ\n",
        "prd_01JDZZZZZZZZZZZZZZZZZZZZ#Z",
        "prd_\uff10\uff11JDZZZZZZZZZZZZZZZZZZZZZZ",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text, "prd")


def test_pattern_is_anchored_for_readers_that_search() -> None:
    pattern = pattern_of("prd")

    assert pattern.startswith("^prd_")
    assert pattern.endswith("$")
