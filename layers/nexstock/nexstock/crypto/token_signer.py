"""The private half of a signing key, opened; only what issues tokens imports this."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.crypto.envelope import open_sealed, seal
from nexstock.crypto.places import PLATFORM, SealedPlace
from nexstock.crypto.signing_keys import SigningKeyItem, present_signer
from nexstock.persistence.keys import SIGNING_KEYS

_LOOK_AGAIN_AFTER_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """A private key that signs now, and the `kid` that names it."""

    kid: str
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)


_current: list[tuple[float, TokenSigner]] = []


def current_signer(now: datetime) -> TokenSigner:
    """Return the key that signs tokens at this instant, at most some minutes out of date."""
    if not _current or time.monotonic() - _current[0][0] > _LOOK_AGAIN_AFTER_S:
        item = present_signer(now)
        der = open_sealed(_place(item.sk), item.sealed_private_key)
        private_key = serialization.load_der_private_key(der, password=None)
        if not isinstance(private_key, ec.EllipticCurvePrivateKey):
            message = "a signing key has to be an elliptic-curve key"
            raise TypeError(message)
        _current[:] = [(time.monotonic(), TokenSigner(item.sk, private_key))]
    return _current[0][1]


def provision_signing_key(
    kid: str, public_jwk: dict[str, str], private_key: ec.EllipticCurvePrivateKey, now: datetime
) -> bool:
    """Store a new key pair that signs from now on; tell whether this call did."""
    der = private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    item = SigningKeyItem(
        SIGNING_KEYS,
        kid,
        public_jwk=public_jwk,
        sealed_private_key=seal(_place(kid), der),
        created_at=now,
        signs_from=now,
    )
    return item.save_if(SigningKeyItem.pk.does_not_exist())


def _place(kid: str) -> SealedPlace:
    return SealedPlace(PLATFORM, "signing_key", kid, "private_key")
