"""Sealing: the one pair of functions that encrypts a field and opens it again.

AWS Encryption SDK with key commitment and without signatures: whoever can open can also seal here, so a signature
would prove nothing and cost most of the time. The encryption context binds a ciphertext to its organization, kind,
id and field: moved anywhere else, it does not open. Data keys are wrapped by KMS; opened ones stay in the
container for a bounded time (docs/adr/0005-sealing.md).
"""

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
from botocore.exceptions import ClientError

from nexstock.config import CryptoSettings
from nexstock.crypto.places import SealedPlace

_CACHED_KEYS: Final = 1000
_KEY_LIFETIME_S: Final = 300.0
_MESSAGES_PER_KEY: Final = 1000
_KMS_REFUSALS: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


class CannotOpen(Exception):  # noqa: N818 (names the fact)
    """A sealed value does not open: altered, cut, moved, or sealed under a key that is gone."""


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
        CannotOpen: altered, cut, or sealed for another place.
    """
    try:
        plaintext, header = _sdk().decrypt(source=ciphertext, materials_manager=_materials())
    except ClientError as error:
        if error.response["Error"]["Code"] not in _KMS_REFUSALS:
            raise
        raise CannotOpen from None
    except AWSEncryptionSDKClientError:
        raise CannotOpen from None
    # The context travels inside the ciphertext, authenticated; it says where the value belongs.
    sealed_for = {name: header.encryption_context.get(name) for name in place.encryption_context}
    if sealed_for != place.encryption_context:
        raise CannotOpen
    return bytes(plaintext)
