"""What a bucket tells its caller (draft-ietf-httpapi-ratelimit-headers)."""

import pytest

from nexstock.config import RateLimit, RateLimits
from nexstock.errors import TooManyRequests
from nexstock.throttling import Allowance, RateClass

_LIMITS = RateLimits(auth=RateLimit(1, 60), read=RateLimit(2, 60), write=RateLimit(3, 60))


@pytest.mark.parametrize(
    ("method", "rate"),
    [
        ("GET", RateClass.READ),
        ("HEAD", RateClass.READ),
        ("POST", RateClass.WRITE),
        ("PATCH", RateClass.WRITE),
        ("DELETE", RateClass.WRITE),
        ("BREW", RateClass.WRITE),
    ],
)
def test_whatever_is_not_known_to_read_counts_as_a_write(method: str, rate: RateClass) -> None:
    assert RateClass.of_method(method) is rate


def test_each_class_has_its_own_limit() -> None:
    assert [rate.limit_in(_LIMITS) for rate in RateClass] == [_LIMITS.auth, _LIMITS.read, _LIMITS.write]


def test_granted_request_is_told_what_is_left_and_when_more_comes() -> None:
    allowance = Allowance("write", RateLimit(60, 120), remaining=59, retry_after_s=0)

    assert allowance.granted
    assert allowance.headers == {"RateLimit-Policy": '"write";q=60;w=120', "RateLimit": '"write";r=59;t=2'}
    allowance.require()


def test_refused_request_is_told_when_to_come_back() -> None:
    allowance = Allowance("write", RateLimit(60, 120), remaining=0, retry_after_s=7)

    with pytest.raises(TooManyRequests) as refused:
        allowance.require()

    assert refused.value.headers == {
        "RateLimit-Policy": '"write";q=60;w=120',
        "RateLimit": '"write";r=0;t=7',
        "Retry-After": "7",
    }
