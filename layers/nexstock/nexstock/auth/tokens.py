"""Access tokens: JWTs (RFC 7519) of 15 minutes, signed ES256, type `at+jwt` (RFC 9068).

Threats: another algorithm or no signature, a key of the forger's own (`jwk`, `jku`, `x5u` are never read), another
kind of token of ours, a token for another audience. Only `kid`s of our own key set, only ES256, exactly our claims.
A token alone never lets anyone in: the session and the member behind it are read on every request.
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import jwt

from nexstock.auth.permissions import Role
from nexstock.crypto.signing_keys import PUBLISHED, Jwk
from nexstock.errors import MalformedRequest, Unauthenticated
from nexstock.http.requests import strict_json
from nexstock.ids import OrganizationId, SessionId, UserId, is_id

LIFETIME: Final = timedelta(minutes=15)
AUDIENCE: Final = "nexstock-api"
TYPE: Final = "at+jwt"
CLAIMS_VERSION: Final = 1
"""Counts changes to the set of claims; a token with another set is refused."""

ALGORITHM: Final = "ES256"
_CLOCK_SKEW_S: Final = 5
_LIFETIME_S: Final = int(LIFETIME.total_seconds())
_CLAIMS: Final[Mapping[str, type]] = {
    **dict.fromkeys(("iss", "aud", "sub", "org", "role", "sid", "jti"), str),
    **dict.fromkeys(("ver", "iat", "exp"), int),
}
"""Every token has these, of these types, and no other."""

_IDS: Final = {"sub": "usr", "org": "org", "sid": "ses", "jti": "tok"}
_MAX_LENGTH: Final = 4096
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")
"""JWS compact serialization (RFC 7515, 7.1) with a signature of 64 bytes (RFC 7518, 3.4)."""

Json = dict[str, Any]


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


def verify_access_token(
    token: str, *, issuer: str, now: datetime, find_key: Callable[[str, datetime], Jwk | None] = PUBLISHED.find
) -> AccessClaims:
    """Return the claims of a token that we signed and that has not ended.

    Its form is exactly that which we give tokens. JWT libraries read more than that (base64 with strange characters in
    it, names given twice, times as text), and what two readers read differently is what forgers look for.

    Args:
        token: what a request brought along.
        issuer: who has to have issued it.
        now: the present instant.
        find_key: finds the public key by its `kid`.

    Raises:
        Unauthenticated: anything else (401); it does not say what.
    """
    try:
        header, claims = _read(token)
        jwk = find_key(_key_id(header), now)
        if jwk is None:
            raise Unauthenticated
        jwt.decode(
            token,
            jwt.PyJWK.from_dict(dict(jwk)),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=issuer,
            # The library would ask its own clock.
            options={"require": list(_CLAIMS), "verify_exp": False, "verify_iat": False},
        )
        parsed = _parsed(claims)
    except (jwt.PyJWTError, MalformedRequest, ValueError, TypeError):
        raise Unauthenticated from None
    if not claims["iat"] - _CLOCK_SKEW_S <= now.timestamp() < claims["exp"] + _CLOCK_SKEW_S:
        raise Unauthenticated
    return parsed


def _read(token: str) -> tuple[Json, Json]:
    """Return header and claims, neither of them verified."""
    if len(token) > _MAX_LENGTH or _FORM.fullmatch(token) is None:
        raise Unauthenticated
    raw_header, raw_claims, _signature = (_bytes_of(part) for part in token.split("."))
    header, claims = strict_json(raw_header.decode()), strict_json(raw_claims.decode())
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unauthenticated
    return header, claims


def _bytes_of(part: str) -> bytes:
    raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    # The last character has bits that stand for nothing; a second spelling of the same token is none of ours.
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise Unauthenticated
    return raw


def _key_id(header: Json) -> str:
    kid = header.get("kid")
    # Nothing else may stand there: no key that the token brings along, no extension, no compression.
    if not isinstance(kid, str) or header != {"alg": ALGORITHM, "typ": TYPE, "kid": kid}:
        raise Unauthenticated
    return kid


def _parsed(claims: Json) -> AccessClaims:
    # `type` and not `isinstance`: a truth value is an int to Python.
    if {name: type(value) for name, value in claims.items()} != _CLAIMS:
        raise Unauthenticated
    ids_are_ours = all(is_id(claims[name], prefix) for name, prefix in _IDS.items())
    if not ids_are_ours or claims["ver"] != CLAIMS_VERSION or claims["exp"] - claims["iat"] != _LIFETIME_S:
        raise Unauthenticated
    return AccessClaims(
        UserId(claims["sub"]), OrganizationId(claims["org"]), Role(claims["role"]), SessionId(claims["sid"])
    )
