"""ID tokens: whether one was issued by this provider, for us, in answer to this very sign-in.

Threats: a token of another issuer, for another client, of another sign-in, past its time; no signature, one by a key of
the forger's own (`jwk`, `jku`, `x5u` are never read), a public key or our own client secret used as a shared one. Only
the algorithms below, only keys of the issuer's key set that are of the algorithm's kind, every claim checked.
OpenID Connect Core 1.0, 3.1.3.7; RFC 8725; ASVS 6.8.1, 6.8.2, 10.5.1, 10.5.2, 10.5.4.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

import jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nexstock.single_sign_on.errors import SingleSignOnRefused

CLOCK_SKEW_S: Final = 60
_KEY_TYPES: Final = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
"""The algorithms that are accepted, and the type of key that each takes (RFC 7518, 3.1)."""

_JWS: Final = jwt.PyJWS(options={"enforce_minimum_key_length": True})

Jwk = dict[str, Any]
Keys = Callable[[bool], list[Jwk]]
"""Returns the issuer's keys; given True, asks the issuer again."""


class _Claims(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)

    iss: str
    sub: str = Field(min_length=1, max_length=255)
    aud: str | list[str]
    azp: str | None = None
    exp: int | float
    iat: int | float
    nbf: int | float | None = None
    nonce: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token has to say to be the answer to a sign-in."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider speaks of; the address is as the provider writes it."""

    subject: str
    email: str
    name: str | None


def verify_id_token(token: str, expected: Expected, keys: Keys, now: datetime) -> Identity:
    """Return whom a token is about.

    Raises:
        SingleSignOnRefused: it proves nothing to us (401).
    """
    claims = _signed_claims(token, keys)
    _require_for_us(claims, expected)
    _require_in_time(claims, now.timestamp())
    if claims.email is None:
        _refuse("names no e-mail address")
    # Some providers write the flag as text. Those that leave it out are believed for domains that are verified here.
    if claims.email_verified not in {None, True, "true"}:
        _refuse("names an e-mail address that is not verified")
    return Identity(claims.sub, claims.email, claims.name)


def _require_for_us(claims: _Claims, expected: Expected) -> None:
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    if claims.iss != expected.issuer:
        _refuse("names another issuer")
    if expected.client_id not in audiences:
        _refuse("is for another client")
    if (claims.azp or expected.client_id) != expected.client_id or (len(audiences) > 1 and claims.azp is None):
        _refuse("was issued to another client")
    if not hmac.compare_digest((claims.nonce or "").encode(), expected.nonce.encode()):
        _refuse("belongs to another sign-in")


def _require_in_time(claims: _Claims, now: float) -> None:
    if claims.exp <= now - CLOCK_SKEW_S:
        _refuse("has expired")
    if max(claims.iat, claims.nbf or 0) > now + CLOCK_SKEW_S:
        _refuse("is from the future")


def _signed_claims(token: str, keys: Keys) -> _Claims:
    try:
        header = jwt.get_unverified_header(token)
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in _KEY_TYPES or "crit" in header:
            _refuse("is not signed in a way that is accepted")
        key = jwt.PyJWK.from_dict(_key(kid, algorithm, keys), algorithm=algorithm)
        payload = _JWS.decode(token, key, algorithms=[algorithm])
        return _Claims.model_validate_json(payload)
    except ValidationError:
        _refuse("does not say what it has to")
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        _refuse("has no valid signature")


def _key(kid: str | None, algorithm: str, keys: Keys) -> Jwk:
    """Return the key that a token names, asking the issuer again for one that is new."""
    for anew in (False, True):
        fitting = [key for key in keys(anew) if _fits(key, algorithm) and kid in {None, key.get("kid")}]
        # Without a name the key has to be the only one (OpenID Connect Core 1.0, 10.1).
        if len(fitting) == 1:
            return fitting[0]
    return _refuse("is signed with a key that is not the provider's")


def _fits(key: Jwk, algorithm: str) -> bool:
    return (
        key.get("kty") == _KEY_TYPES[algorithm]
        and key.get("crv", "P-256") == "P-256"
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
    )


def _refuse(why: str) -> NoReturn:
    detail = f"The provider's ID token {why}"
    raise SingleSignOnRefused(detail)
