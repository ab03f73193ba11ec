"""The private half of a signing key, opened; only what issues tokens imports this."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nexstock.crypto.envelope import open_sealed
from nexstock.crypto.remembered import Remembered
from nexstock.crypto.signing_keys import present_signer


@dataclass(frozen=True, slots=True)
class TokenSigner:
    """A private key that signs now, and the `kid` that names it."""

    kid: str
    private_key: ec.EllipticCurvePrivateKey = field(repr=False)


def signer_of(now: datetime) -> TokenSigner:
    """Return the key that signs at an instant, as it is stored.

    Raises:
        LookupError: the deployment has not provisioned a key.
        CannotOpen: its private half does not open.
        TypeError: it is no elliptic-curve key.
    """
    item = present_signer(now)
    der = open_sealed(item.place, item.sealed_private_key)
    private_key = serialization.load_der_private_key(der, password=None)
    if not isinstance(private_key, ec.EllipticCurvePrivateKey):
        message = "a signing key has to be an elliptic-curve key"
        raise TypeError(message)
    return TokenSigner(item.kid, private_key)


current_signer: Final = Remembered(signer_of).at
"""What this container signs with: the key that signs now, at most some minutes out of date."""
