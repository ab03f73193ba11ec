"""Makes the key pairs that access tokens are signed with."""

import base64
import hashlib
import json
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.crypto.envelope import seal
from nexstock.crypto.signing_keys import Jwk, SigningKeyItem, place_of_private_key
from nexstock.persistence.keys import SIGNING_KEYS

_COORDINATE_BYTES: Final = 32


def publish_key(version: str, *, now: datetime, signs_from: datetime) -> str | None:
    """Make and store a version of the signing key; return its `kid`, or None if somebody else made that version.

    Of two that make the same version at once, one does, so a key is not made twice.
    """
    private_key = ec.generate_private_key(ec.SECP256R1())
    jwk = _public_jwk(private_key.public_key())
    der = private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    item = SigningKeyItem(
        SIGNING_KEYS,
        version,
        public_jwk=jwk,
        sealed_private_key=seal(place_of_private_key(version), der),
        created_at=now,
        signs_from=signs_from,
    )
    return jwk["kid"] if item.save_if(SigningKeyItem.pk.does_not_exist()) else None


def _public_jwk(public_key: ec.EllipticCurvePublicKey) -> Jwk:
    """Return the key as a JWK (RFC 7517) whose `kid` is its thumbprint (RFC 7638)."""
    numbers = public_key.public_numbers()
    required = {"crv": "P-256", "kty": "EC", "x": _coordinate(numbers.x), "y": _coordinate(numbers.y)}
    canonical = json.dumps(required, separators=(",", ":"), sort_keys=True).encode()
    kid = _base64url(hashlib.sha256(canonical).digest())
    return {**required, "kid": kid, "use": "sig", "alg": "ES256"}


def _coordinate(value: int) -> str:
    return _base64url(value.to_bytes(_COORDINATE_BYTES, "big"))


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
