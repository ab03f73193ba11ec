"""What a bucket tells its caller (draft-ietf-httpapi-ratelimit-headers)."""

import pytest

from nexstock.config import RateLimit, RateLimits
from nexstock.errors import TooManyRequests
from nexstock.throttling import Allowance, RateClass

_LIMITS = RateLimits(auth=RateLimit(1, 60), read=RateLimit(2, 60), write=RateLimit(3, 60), export=RateLimit(4, 60))


@pytest.mark.parametrize(
    ("method", "route", "rate"),
    [
        ("GET", "/v1/products", RateClass.READ),
        ("HEAD", "/v1/products", RateClass.READ),
        ("GET", "/v1/products/export", RateClass.EXPORT),
        ("GET", "/v1/stock/export", RateClass.EXPORT),
        ("POST", "/v1/products", RateClass.WRITE),
        ("POST", "/v1/products/export", RateClass.WRITE),
        ("PATCH", "/v1/products/{product_id}", RateClass.WRITE),
        ("DELETE", "/v1/products/{product_id}", RateClass.WRITE),
        ("BREW", "/v1/products", RateClass.WRITE),
    ],
)
def test_whatever_is_not_known_to_read_counts_as_a_write(method: str, route: str, rate: RateClass) -> None:
    assert RateClass.of_request(method, route) is rate


def test_each_class_has_its_own_limit() -> None:
    assert [rate.limit_in(_LIMITS) for rate in RateClass] == [_LIMITS.auth, _LIMITS.read, _LIMITS.write, _LIMITS.export]


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
