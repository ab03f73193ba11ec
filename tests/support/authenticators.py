"""A small authenticator and a browser in one, in software: makes passkeys and uses them (WebAuthn Level 3, 6 and 5.8).

Everything that a real pair would say can be said wrongly, so that what is verified is seen to be verified.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from tests.support.environment import ALLOWED_ORIGIN
from tests.support.events import Json

RP_ID: Final = ALLOWED_ORIGIN.removeprefix("https://")
_PRESENT: Final = 0x01
_VERIFIED: Final = 0x04
_BACKUP_ELIGIBLE: Final = 0x08
_BACKED_UP: Final = 0x10
_ATTESTED: Final = 0x40


def text(raw: bytes) -> str:
    """Return bytes as browsers write them in JSON."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    """Return the bytes that a browser wrote in JSON."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class Authenticator:
    """One passkey on one device.

    Args:
        counts: whether it counts its uses; synced passkeys do not, and always say 0.
        origin: of the page that it is used from.
        rp_id: of the domain that it signs for.
        verifies: whether it asks for a finger or a PIN.
    """

    counts: bool = True
    origin: str = ALLOWED_ORIGIN
    rp_id: str = RP_ID
    verifies: bool = True
    sign_count: int = 0
    user_handle: bytes = b""
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()), repr=False)

    def made(self, options: Json, *, challenge: str | None = None) -> Json:
        """Return the answer to creation options: a new passkey (`RegistrationResponseJSON`)."""
        self.user_handle = raw(options["user"]["id"])
        client_data = self._client_data("webauthn.create", challenge or options["challenge"])
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._public_key()
        data = self._authenticator_data(_ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential({"clientDataJSON": text(client_data), "attestationObject": text(attestation)})

    def used(self, options: Json, *, challenge: str | None = None) -> Json:
        """Return the answer to request options: a signature (`AuthenticationResponseJSON`)."""
        self.sign_count += self.counts
        client_data = self._client_data("webauthn.get", challenge or options["challenge"])
        data = self._authenticator_data(0)
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client_data),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": text(self.user_handle),
            }
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _authenticator_data(self, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.verifies else 0)
        flags |= 0 if self.counts else _BACKUP_ELIGIBLE | _BACKED_UP
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        # COSE: key type EC2, ES256, curve P-256 (RFC 9053, 2.1 and 7.1).
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def _credential(self, response: Json) -> dict[str, Any]:
        return {
            "id": text(self.credential_id),
            "rawId": text(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }
