"""Token buckets: how often an address or a credential may call.

A bucket is one item, and a request one conditional update without a read before it: the update takes a token if
there is one. Only when the bucket is empty a second update refills it by the time that has passed. Refilling
that late means that a bucket which was left half full is not fuller after a pause until it is empty: a caller may
get at most one capacity more in a burst, never more than the rate over time.
The fields that tell a caller about it: draft-ietf-httpapi-ratelimit-headers.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from pynamodb.attributes import NumberAttribute

from nexstock.config import RateLimit, RateLimits
from nexstock.errors import TemporarilyUnavailable, TooManyRequests
from nexstock.persistence.keys import throttle_partition
from nexstock.persistence.tables import TABLES, Item, Update, conditional_update

_TOKEN: Final = 1000
"""Tokens are counted in thousandths, so that a refill keeps its fraction in whole numbers."""
_TRIES: Final = 3


class RateClass(StrEnum):
    """The classes of routes that are limited apart; their limits are configuration."""

    AUTH = "auth"
    READ = "read"
    WRITE = "write"
    EXPORT = "export"

    @classmethod
    def of_request(cls, method: str, route: str) -> Self:
        """Return the class of an authenticated request; `route` is the path of its resource in the gateway."""
        if method not in {"GET", "HEAD"}:
            return cls.WRITE
        return cls.EXPORT if route.endswith("/export") else cls.READ

    def limit_in(self, limits: RateLimits) -> RateLimit:
        """Return this class's limit."""
        match self:
            case RateClass.AUTH:
                return limits.auth
            case RateClass.READ:
                return limits.read
            case RateClass.WRITE:
                return limits.write
            case RateClass.EXPORT:
                return limits.export


class _BucketItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    tokens = NumberAttribute()
    refilled_at_ms = NumberAttribute(attr_name="refilledAtMs")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a bucket answered: whether the request may go on, and what the caller is told.

    `retry_after_s` is 0 if it may; otherwise the whole seconds until there is a token again.
    """

    bucket: str
    limit: RateLimit
    remaining: int
    retry_after_s: int

    @property
    def granted(self) -> bool:
        """Whether the request may go on."""
        return self.retry_after_s == 0

    @property
    def headers(self) -> dict[str, str]:
        """The rate-limit fields, and `Retry-After` on a refusal."""
        wait_s = self.retry_after_s or math.ceil(self.limit.period_s / self.limit.capacity)
        fields = {
            "RateLimit-Policy": f'"{self.bucket}";q={self.limit.capacity};w={self.limit.period_s}',
            "RateLimit": f'"{self.bucket}";r={self.remaining};t={wait_s}',
        }
        return fields if self.granted else {**fields, "Retry-After": str(self.retry_after_s)}

    def require(self) -> None:
        """Let the request go on only if there was a token.

        Raises:
            TooManyRequests: the bucket is empty (429).
        """
        if not self.granted:
            detail = f"Try again in {self.retry_after_s} s"
            raise TooManyRequests(detail, headers=self.headers)


def take_token(bucket: str, subject: str, limit: RateLimit, now: datetime) -> Allowance:
    """Take one token for a subject from its bucket.

    Args:
        bucket: the policy's name, which callers see, e.g. `write`.
        subject: who is counted: an address or a credential's id.
        limit: the bucket's size and rate.
        now: the present instant.

    Raises:
        TemporarilyUnavailable: others kept refilling the bucket at the same moment (503); never a silent yes.
    """
    item = _BucketItem(throttle_partition(bucket, subject), "BUCKET")
    now_ms = int(now.timestamp() * 1000)
    for _ in range(_TRIES):
        taken = _take(item, limit, now_ms)
        if taken.held and taken.item is not None:
            return Allowance(bucket, limit, int(taken.item.tokens) // _TOKEN, 0)
        if taken.item is None:
            continue
        tokens = _tokens_by_now(taken.item, limit, now_ms)
        if tokens < _TOKEN:
            missing_ms = (_TOKEN - tokens) * limit.period_s / limit.capacity
            return Allowance(bucket, limit, 0, max(1, math.ceil(missing_ms / 1000)))
        if _refill(item, taken.item, tokens - _TOKEN, now_ms).held:
            return Allowance(bucket, limit, (tokens - _TOKEN) // _TOKEN, 0)
    raise TemporarilyUnavailable


def _take(item: _BucketItem, limit: RateLimit, now_ms: int) -> Update[_BucketItem]:
    return conditional_update(
        item,
        [
            _BucketItem.tokens.set((_BucketItem.tokens | limit.capacity * _TOKEN) - _TOKEN),
            _BucketItem.refilled_at_ms.set(_BucketItem.refilled_at_ms | now_ms),
            _BucketItem.expires_at.set(now_ms // 1000 + 2 * limit.period_s),
        ],
        _BucketItem.tokens.does_not_exist() | (_BucketItem.tokens >= _TOKEN),
    )


def _refill(item: _BucketItem, standing: _BucketItem, tokens: int, now_ms: int) -> Update[_BucketItem]:
    return conditional_update(
        item,
        [_BucketItem.tokens.set(tokens), _BucketItem.refilled_at_ms.set(now_ms)],
        _BucketItem.refilled_at_ms == standing.refilled_at_ms,
    )


def _tokens_by_now(standing: _BucketItem, limit: RateLimit, now_ms: int) -> int:
    # A clock behind the one that refilled last must not take tokens away.
    elapsed_ms = max(0, now_ms - int(standing.refilled_at_ms))
    earned = elapsed_ms * limit.capacity * _TOKEN // (limit.period_s * 1000)
    return min(limit.capacity * _TOKEN, int(standing.tokens) + earned)
