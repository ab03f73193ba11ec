"""Sealing: the one pair of functions that encrypts a field and opens it again.

AWS Encryption SDK with key commitment and without signatures: whoever can open can also seal here, so a signature
would prove nothing and cost most of the time. The encryption context binds a ciphertext to its organization, kind,
id and field: moved anywhere else, it does not open. Data keys are wrapped by KMS; opened ones stay in the
container for a bounded time (docs/adr/0005-sealing.md).
"""

import logging
from functools import cache
from typing import Final

from aws_encryption_sdk import (
    CachingCryptoMaterialsManager,
    CommitmentPolicy,
    EncryptionSDKClient,
    LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite
from cryptography.exceptions import InvalidTag

from nexstock.config import CryptoSettings
from nexstock.crypto.places import SealedPlace

# The SDK logs each refusal with a trace and the key's ARN; what is refused is told to the caller, once.
logging.getLogger("aws_encryption_sdk").addHandler(logging.NullHandler())
logging.getLogger("aws_encryption_sdk").propagate = False

_CACHED_KEYS: Final = 1000
_KEY_LIFETIME_S: Final = 300.0
_MESSAGES_PER_KEY: Final = 1000


class CannotOpen(Exception):  # noqa: N818 (names the fact)
    """A sealed value does not open: altered, cut, moved, or sealed under a key that is gone or refused."""


@cache
def _sdk() -> EncryptionSDKClient:
    return EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1
    )


@cache
def _materials() -> CachingCryptoMaterialsManager:
    provider = StrictAwsKmsMasterKeyProvider(key_ids=[CryptoSettings.from_env().sealing_key_arn])
    return CachingCryptoMaterialsManager(
        master_key_provider=provider,
        cache=LocalCryptoMaterialsCache(_CACHED_KEYS),
        max_age=_KEY_LIFETIME_S,
        max_messages_encrypted=_MESSAGES_PER_KEY,
    )


def seal(place: SealedPlace, plaintext: bytes) -> bytes:
    """Return the plaintext as a ciphertext that opens at this place only."""
    ciphertext, _header = _sdk().encrypt(
        source=plaintext,
        materials_manager=_materials(),
        encryption_context=place.encryption_context,
        algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    )
    return bytes(ciphertext)


def open_sealed(place: SealedPlace, ciphertext: bytes) -> bytes:
    """Return what was sealed at this place.

    Raises:
        CannotOpen: altered, cut, sealed for another place, or KMS does not unwrap its data key: the SDK makes one
            error of whatever KMS answers, so an altered key, a disabled one and a denied role look the same here.
    """
    try:
        plaintext, header = _sdk().decrypt(source=ciphertext, materials_manager=_materials())
    except (AWSEncryptionSDKClientError, InvalidTag, UnicodeDecodeError):
        # The SDK lets the latter two through: a changed frame, and a changed key id in the header.
        raise CannotOpen from None
    # The context travels inside the ciphertext, authenticated; it says where the value belongs.
    sealed_for = {name: header.encryption_context.get(name) for name in place.encryption_context}
    if sealed_for != place.encryption_context:
        raise CannotOpen
    return bytes(plaintext)
