"""Headers that every answer carries; the gateway's own answers carry the same (infra/api.yaml, a test compares)."""

from typing import Final

SECURITY_HEADERS: Final = {
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains; preload",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Origin",
}

EXPOSED_HEADERS: Final = "ETag, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Idempotency-Replayed"


def cross_origin_headers(origin: str | None, allowed_origin: str) -> dict[str, str]:
    """Return what lets a page of the allowed origin read the answer; nothing for any other origin."""
    if origin is None or origin != allowed_origin:
        return {}
    return {
        "Access-Control-Allow-Origin": allowed_origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }
