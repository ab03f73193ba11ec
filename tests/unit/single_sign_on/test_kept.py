"""What was fetched is kept for a while, not for ever, and not without bound."""

import pytest

from nexstock.single_sign_on.kept import Kept


class _Source:
    """Counts what is fetched, and tells a time that a test sets."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.now = 0.0
        self.fails = False

    def fetch(self, url: str) -> int:
        self.fetched.append(url)
        if self.fails:
            raise LookupError
        return len(self.fetched)

    def clock(self) -> float:
        return self.now


def _kept(source: _Source, most: int = 2) -> Kept[int]:
    return Kept(source.fetch, lifetime_s=60, most=most, clock=source.clock)


def test_a_value_is_fetched_once_within_its_lifetime_and_anew_after_it() -> None:
    source = _Source()
    kept = _kept(source)
    values = []
    for source.now in (0.0, 59.9, 60.0, 61.0):
        values.append(kept.get("a"))

    assert values == [1, 1, 2, 2]


def test_a_value_that_is_wanted_anew_is_fetched_and_replaces_the_old_one() -> None:
    source = _Source()
    kept = _kept(source)
    kept.get("a")

    assert (kept.get("a", anew=True), kept.get("a")) == (2, 2)


def test_a_failure_is_not_kept_and_keeps_what_was_there() -> None:
    source = _Source()
    kept = _kept(source)
    kept.get("a")
    source.fails = True
    with pytest.raises(LookupError):
        kept.get("a", anew=True)
    with pytest.raises(LookupError):
        kept.get("b")
    source.fails = False

    assert (kept.get("a"), kept.get("b")) == (1, 4)


def test_the_one_fetched_longest_ago_goes_where_there_are_too_many() -> None:
    source = _Source()
    kept = _kept(source)
    for url in ("a", "b", "a", "c", "b"):
        kept.get(url)
    kept.get("a")

    assert source.fetched == ["a", "b", "c", "a"]
