"""Passkeys: what an authenticator answers, verified (WebAuthn Level 3, 7.1 and 7.2).

Passkeys are bound to our domain and origin, and the authenticator has to verify the person, so that a passkey is two
factors by itself. The counter is compared by the caller, after the signature: the library would compare it first, so
that anybody could make us say that a passkey was copied. That the challenge is ours is for the caller to know, too.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import decode_credential_public_key
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.decoded_public_key_to_cryptography import decoded_public_key_to_cryptography
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import CredentialDeviceType

from nexstock.config import HttpSettings

_SETTINGS: Final = HttpSettings.from_env()
_ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_REFUSALS: Final = (WebAuthnException, UnsupportedAlgorithm, ValueError, TypeError, LookupError, AttributeError)
"""The library lets some errors of the parsers below it through; whatever cannot be read proves nothing."""


class NotProven(Exception):  # noqa: N818 (names the fact)
    """The authenticator's answer does not prove what it should."""


@dataclass(frozen=True, slots=True)
class ProvenPasskey:
    """A passkey that an authenticator made for us; the public key is in COSE's form."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    synced: bool


def prove_new(credential: dict[str, Any], challenge: bytes) -> ProvenPasskey:
    """Return the passkey that an authenticator made in answer to a challenge.

    Raises:
        NotProven: another challenge, origin or domain, the person not verified, or unreadable.
    """
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_SETTINGS.relying_party_id,
            expected_origin=_SETTINGS.allowed_origin,
            require_user_verification=True,
            supported_pub_key_algs=_ALGORITHMS,
        )
        # Without attestation nobody has used the key yet; one that cannot be used would lock its owner out.
        decoded_public_key_to_cryptography(decode_credential_public_key(made.credential_public_key))
    except _REFUSALS:
        raise NotProven from None
    synced = made.credential_device_type is CredentialDeviceType.MULTI_DEVICE
    return ProvenPasskey(made.credential_id, made.credential_public_key, made.sign_count, synced)


def prove_use(credential: dict[str, Any], challenge: bytes, public_key: bytes) -> int:
    """Return the counter of a passkey that answered a challenge; 0 from those that do not count.

    Raises:
        NotProven: another challenge, origin, domain or key, the person not verified, or unreadable.
    """
    try:
        used = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=_SETTINGS.relying_party_id,
            expected_origin=_SETTINGS.allowed_origin,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except _REFUSALS:
        raise NotProven from None
    return used.new_sign_count
