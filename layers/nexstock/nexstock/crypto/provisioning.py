"""What a new deployment needs before its first sign-in: secrets and a signing key. Safe to run again."""

import base64
import hashlib
import json
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.crypto.platform_secrets import Purpose, provision_secret, stored_versions
from nexstock.crypto.signing_keys import stored_keys
from nexstock.crypto.token_signer import provision_signing_key

_COORDINATE_BYTES = 32


def provision_missing(now: datetime) -> None:
    """Make every secret and key that is missing; what exists stays as it is."""
    for purpose in Purpose:
        # A first version that a rotation has removed since is not missing.
        if not stored_versions(purpose):
            provision_secret(purpose, secrets.token_bytes(32), now)
    if not stored_keys():
        private_key = ec.generate_private_key(ec.SECP256R1())
        public_jwk = _public_jwk(private_key.public_key())
        provision_signing_key(public_jwk["kid"], public_jwk, private_key, now)


def _public_jwk(public_key: ec.EllipticCurvePublicKey) -> dict[str, str]:
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
