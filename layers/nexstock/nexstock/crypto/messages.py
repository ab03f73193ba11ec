"""Messages of the AWS Encryption SDK: the one format of everything that is sealed.

With key commitment and without signatures: whoever can open can also seal here, so a signature would prove nothing and
cost most of the time. The encryption context travels in the message, authenticated, and says where the value belongs
(docs/adr/0005-sealing.md).
"""

import logging
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Protocol

from aws_encryption_sdk import (
    CachingCryptoMaterialsManager,
    CommitmentPolicy,
    EncryptionSDKClient,
    LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError
from aws_encryption_sdk.identifiers import AlgorithmSuite, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKey
from aws_encryption_sdk.materials_managers.default import DefaultCryptoMaterialsManager
from cryptography.exceptions import InvalidTag

from nexstock.config import CryptoSettings

# The SDK logs each refusal with a trace and the key's ARN; what is refused is told to the caller, once.
logging.getLogger("aws_encryption_sdk").addHandler(logging.NullHandler())
logging.getLogger("aws_encryption_sdk").propagate = False

_PROVIDER: Final = "nexstock"
_CACHED_KEYS: Final = 1000
_KEY_LIFETIME_S: Final = 300.0
_MESSAGES_PER_KEY: Final = 1000


class Materials(Protocol):
    """What the SDK takes keys from: its `CryptoMaterialsManager`."""

    master_key_provider: Any


class CannotOpen(Exception):  # noqa: N818 (names the fact)
    """A sealed value does not open: altered, cut, moved, or sealed under a key that is gone or refused."""


@cache
def _sdk() -> EncryptionSDKClient:
    return EncryptionSDKClient(
        commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, max_encrypted_data_keys=1
    )


@cache
def kms_materials() -> Materials:
    """Return what seals under the KMS key itself, a data key of its own for each context."""
    materials: Materials = CachingCryptoMaterialsManager(
        master_key_provider=StrictAwsKmsMasterKeyProvider(key_ids=[CryptoSettings.from_env().sealing_key_arn]),
        cache=LocalCryptoMaterialsCache(_CACHED_KEYS),
        max_age=_KEY_LIFETIME_S,
        max_messages_encrypted=_MESSAGES_PER_KEY,
    )
    return materials


def local_materials(key_id: str, key: bytes) -> Materials:
    """Return what seals under a key of 32 bytes that the container holds; a message names it by its id."""
    wrapping_key = WrappingKey(
        wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
        wrapping_key=key,
        wrapping_key_type=EncryptionKeyType.SYMMETRIC,
    )
    materials: Materials = DefaultCryptoMaterialsManager(
        RawMasterKey(provider_id=_PROVIDER, key_id=key_id, wrapping_key=wrapping_key)
    )
    return materials


def encrypt(materials: Materials, context: Mapping[str, str], plaintext: bytes) -> bytes:
    """Return the plaintext as a message that is bound to its context."""
    message, _header = _sdk().encrypt(
        source=plaintext,
        materials_manager=materials,
        encryption_context=dict(context),
        algorithm=AlgorithmSuite.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    )
    return bytes(message)


def decrypt(materials: Materials, context: Mapping[str, str], message: bytes) -> bytes:
    """Return what a message holds.

    Raises:
        CannotOpen: altered, cut, of another context, under another key, or KMS does not unwrap its data key: the SDK
            makes one error of whatever KMS answers, so an altered key, a disabled one and a denied role look the same.
    """
    try:
        plaintext, header = _sdk().decrypt(source=message, materials_manager=materials)
    except (AWSEncryptionSDKClientError, InvalidTag, UnicodeDecodeError):
        # The SDK lets the latter two through: a changed frame, and a changed key id in the header.
        raise CannotOpen from None
    if {name: header.encryption_context.get(name) for name in context} != dict(context):
        raise CannotOpen
    return bytes(plaintext)
