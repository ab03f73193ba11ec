"""Opened keys are kept within bounds of number, time and uses."""

from nexstock.crypto.key_cache import KeyCache


def _cache(*, most: int = 10, lifetime_s: float = 60, uses: int = 10) -> KeyCache[str]:
    return KeyCache(most=most, lifetime_s=lifetime_s, uses=uses)


def test_a_key_is_given_as_often_as_it_may_be_used() -> None:
    cache = _cache(uses=2)
    cache.put(("a",), "key")
    assert [cache.get(("a",)) for _ in range(3)] == ["key", "key", None]


def test_a_key_is_forgotten_in_time() -> None:
    cache = _cache(lifetime_s=0)
    cache.put(("a",), "key")
    assert cache.get(("a",)) is None


def test_the_least_recently_used_goes_first() -> None:
    cache = _cache(most=2)
    cache.put(("a",), "first")
    cache.put(("b",), "second")
    assert cache.get(("a",)) == "first"
    cache.put(("c",), "third")
    assert [cache.get((name,)) for name in "abc"] == ["first", None, "third"]


def test_a_key_that_is_kept_anew_may_be_used_anew() -> None:
    cache = _cache(uses=1)
    for key in ("old", "new"):
        cache.put(("a",), key)
    assert [cache.get(("a",)) for _ in range(2)] == ["new", None]


def test_a_key_that_is_dropped_is_gone() -> None:
    cache = _cache()
    cache.put(("a",), "key")
    assert [cache.drop(("a",)) for _ in range(2)] == [True, False]
    assert cache.get(("a",)) is None
