"""Access tokens: JWTs (RFC 7519) of 15 minutes, signed ES256, type `at+jwt` (RFC 9068).

Threats: another algorithm or no signature, a key of the forger's own (`jwk`, `jku`, `x5u` are never read), another
kind of token of ours, a token for another audience. Only `kid`s of our own key set, only ES256, every claim
required. A token alone never lets anyone in: the session and the member behind it are read on every request.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

from nexstock.auth.permissions import Role
from nexstock.crypto.signing_keys import published_key
from nexstock.errors import Unauthenticated
from nexstock.ids import OrganizationId, SessionId, UserId, is_id

LIFETIME: Final = timedelta(minutes=15)
AUDIENCE: Final = "nexstock-api"
TYPE: Final = "at+jwt"
CLAIMS_VERSION: Final = 1
"""Counts changes to the set of claims; a token with another set is refused."""

ALGORITHM: Final = "ES256"
_CLOCK_SKEW_S: Final = 5
_REQUIRED: Final = ["sub", "org", "role", "sid", "ver", "iat", "exp", "iss", "aud", "jti"]
_MAX_LENGTH: Final = 4096


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """Whom a token was issued to; the role is that of the moment of issue."""

    user_id: UserId
    organization_id: OrganizationId
    role: Role
    session_id: SessionId


def token_claims(claims: AccessClaims, *, issuer: str, token_id: str, now: datetime) -> dict[str, Any]:
    """Return the claims as they are signed."""
    return {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": claims.user_id,
        "org": claims.organization_id,
        "role": claims.role.value,
        "sid": claims.session_id,
        "ver": CLAIMS_VERSION,
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
        "jti": token_id,
    }


def verify_access_token(token: str, *, issuer: str) -> AccessClaims:
    """Return the claims of a token that we signed and that has not ended.

    Raises:
        Unauthenticated: anything else (401); it does not say what.
    """
    if len(token) > _MAX_LENGTH:
        raise Unauthenticated
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") != ALGORITHM or header.get("typ") != TYPE or "crit" in header:
            raise Unauthenticated
        jwk = published_key(str(header.get("kid", "")))
        if jwk is None:
            raise Unauthenticated
        claims = jwt.decode(
            token,
            jwt.PyJWK.from_dict(dict(jwk)),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer,
            leeway=_CLOCK_SKEW_S,
            options={"require": _REQUIRED},
        )
        return _parsed(claims)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise Unauthenticated from None


def _parsed(claims: dict[str, Any]) -> AccessClaims:
    ids_are_ours = all(is_id(claims[name], prefix) for name, prefix in (("sub", "usr"), ("org", "org"), ("sid", "ses")))
    if not ids_are_ours or claims["ver"] != CLAIMS_VERSION:
        raise Unauthenticated
    return AccessClaims(
        UserId(claims["sub"]), OrganizationId(claims["org"]), Role(claims["role"]), SessionId(claims["sid"])
    )
