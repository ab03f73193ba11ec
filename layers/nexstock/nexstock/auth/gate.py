"""The front door: counts, then authenticates, and tells API Gateway what to do.

Two refusals only. No valid credential: the exception `Unauthorized`, which API Gateway turns into its 401. Too many
requests: a Deny, which its ACCESS_DENIED response turns into the 429 (infra/api.yaml). Whoever may not do what they ask
for is let through to the operation, which answers 403, and is told of for the audit log. Any other fault is neither,
so nobody is let in by it (AWS: "Use API Gateway Lambda authorizers", "Output from an API Gateway Lambda authorizer").
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from nexstock.auth.credentials import authenticate, credential_in
from nexstock.auth.principals import Principal
from nexstock.auth.route_requirements import operation_of, requirement_of
from nexstock.config import RateLimit, RateLimits
from nexstock.errors import Unauthenticated
from nexstock.http.requests import origin_of
from nexstock.security_events.telling import tell_if_refused
from nexstock.throttling import Allowance, RateClass, take_token

_LIMITS: Final = RateLimits.from_env()
ADDRESS_FACTOR: Final = 5
"""How much more an address may do than one credential: a whole office sits behind one address."""

Verdict = dict[str, Any]


class Unauthorized(Exception):  # noqa: N818 (API Gateway reads the message)
    """The one exception that API Gateway answers with 401."""

    def __init__(self) -> None:
        super().__init__("Unauthorized")


def judge(event: Mapping[str, Any], now: datetime) -> Verdict:
    """Return the policy and the context for one request.

    Raises:
        Unauthorized: no valid credential.
    """
    rate = RateClass.of_request(event["httpMethod"], event["resource"])
    limit = rate.limit_in(_LIMITS)
    per_address = RateLimit(limit.capacity * ADDRESS_FACTOR, limit.period_s)
    origin = origin_of(event)
    by_address = take_token(f"{rate}-address", origin.network, per_address, now)
    if not by_address.granted:
        return _verdict("Deny", event, "throttled", _told(by_address))
    try:
        principal = authenticate(credential_in(event), now, origin.ip)
    except Unauthenticated:
        raise Unauthorized from None
    by_credential = take_token(rate, _credential_id(principal), limit, now)
    if not by_credential.granted:
        return _verdict("Deny", event, principal.actor.id, _told(by_credential))
    operation = operation_of(event["httpMethod"], event["resource"])
    requirement = requirement_of(operation)
    if requirement is not None:
        tell_if_refused(principal, operation, requirement, origin, now)
    return _verdict("Allow", event, principal.actor.id, {**principal.to_context(), **_told(by_credential)})


def _credential_id(principal: Principal) -> str:
    return principal.session_id or principal.actor.id


def _told(allowance: Allowance) -> dict[str, str]:
    headers = allowance.headers
    return {
        "rateLimit": headers["RateLimit"],
        "rateLimitPolicy": headers["RateLimit-Policy"],
        "retryAfter": str(allowance.retry_after_s),
    }


def _verdict(effect: str, event: Mapping[str, Any], principal_id: str, context: dict[str, str]) -> Verdict:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": principal_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
