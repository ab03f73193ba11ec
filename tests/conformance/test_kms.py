"""KMS: authenticated ciphertexts bound to their context, re-encryption, rotation."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import LocalEndpoint, running_endpoint

_CONTEXT = {"organization": "org_1", "kind": "customer"}
_OTHER_CONTEXT = {"organization": "org_2", "kind": "customer"}


@pytest.fixture
def kms(endpoint: LocalEndpoint) -> Any:  # noqa: ANN401 - boto3 is untyped
    return endpoint.client("kms")


@pytest.fixture
def key(kms: Any) -> str:  # noqa: ANN401 - boto3 is untyped
    """Return the ARN of a symmetric key of the test's own."""
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def _refusal(call: Any, **arguments: Any) -> str:  # noqa: ANN401 - boto3 is untyped
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return str(refused.value.response["Error"]["Code"])


def test_ciphertext_opens_under_its_own_context(kms: Any, key: str) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=_CONTEXT)["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=dict(reversed(_CONTEXT.items())))

    assert opened["Plaintext"] == b"secret"
    assert opened["KeyId"] == key


@pytest.mark.parametrize("context", [_OTHER_CONTEXT, {}, {"organization": "org_1"}])
def test_ciphertext_does_not_open_under_another_context(kms: Any, key: str, context: dict[str, str]) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=_CONTEXT)["CiphertextBlob"]

    assert _refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context) == "InvalidCiphertextException"


def test_any_changed_byte_is_noticed(kms: Any, key: str) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=_CONTEXT)["CiphertextBlob"]
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        code = _refusal(kms.decrypt, CiphertextBlob=bytes(changed), EncryptionContext=_CONTEXT)
        assert code == "InvalidCiphertextException"


@pytest.mark.parametrize("garbage", [b"x", b"x" * 36, b"x" * 200])
def test_garbage_is_no_ciphertext(kms: Any, garbage: bytes) -> None:  # noqa: ANN401
    assert _refusal(kms.decrypt, CiphertextBlob=garbage) == "InvalidCiphertextException"


def test_ciphertext_of_another_key_is_refused(kms: Any, key: str) -> None:  # noqa: ANN401
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=other, Plaintext=b"secret")["CiphertextBlob"]

    assert _refusal(kms.decrypt, CiphertextBlob=sealed, KeyId=key) == "IncorrectKeyException"


def test_generated_data_keys_are_sealed_under_their_context(kms: Any, key: str) -> None:  # noqa: ANN401
    generated = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=_CONTEXT)
    sealed = generated["CiphertextBlob"]

    assert len(generated["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext=_CONTEXT)["Plaintext"] == generated["Plaintext"]
    assert _refusal(kms.decrypt, CiphertextBlob=sealed) == "InvalidCiphertextException"


def test_generated_key_pair_is_sealed_likewise(kms: Any, key: str) -> None:  # noqa: ANN401
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec="ECC_NIST_P256", EncryptionContext=_CONTEXT)
    sealed = pair["PrivateKeyCiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=_CONTEXT)

    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]


def test_re_encryption_moves_a_secret_to_another_key_and_context(kms: Any, key: str) -> None:  # noqa: ANN401
    other = kms.create_key()["KeyMetadata"]["Arn"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=_CONTEXT)["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=sealed,
        SourceEncryptionContext=_CONTEXT,
        DestinationKeyId=other,
        DestinationEncryptionContext=_OTHER_CONTEXT,
    )
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=_OTHER_CONTEXT)

    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert (opened["KeyId"], opened["Plaintext"]) == (other, b"secret")


def test_re_encryption_needs_the_source_context(kms: Any, key: str) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=_CONTEXT)["CiphertextBlob"]

    assert _refusal(kms.re_encrypt, CiphertextBlob=sealed, DestinationKeyId=key) == "InvalidCiphertextException"


def test_rotation_keeps_old_ciphertexts_readable_and_is_listed(kms: Any, key: str) -> None:  # noqa: ANN401
    before = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    after = kms.encrypt(KeyId=key, Plaintext=b"after")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)

    assert kms.decrypt(CiphertextBlob=before)["Plaintext"] == b"before"
    assert kms.decrypt(CiphertextBlob=after)["Plaintext"] == b"after"
    rotations = kms.list_key_rotations(KeyId=key)["Rotations"]
    assert [rotation["RotationType"] for rotation in rotations] == ["ON_DEMAND", "ON_DEMAND"]


def test_rotation_status_says_when_a_key_is_rotated_next(kms: Any, key: str) -> None:  # noqa: ANN401
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)

    assert (status["KeyId"], status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (key, True, 90)
    assert timedelta(days=89) < status["NextRotationDate"] - datetime.now(UTC) <= timedelta(days=90)


def test_an_asymmetric_key_is_not_rotated(kms: Any) -> None:  # noqa: ANN401
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]

    assert _refusal(kms.get_key_rotation_status, KeyId=signing) == "UnsupportedOperationException"


def test_disabled_key_opens_nothing(kms: Any, key: str) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.disable_key(KeyId=key)

    assert _refusal(kms.decrypt, CiphertextBlob=sealed) == "DisabledException"
    assert _refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == "DisabledException"


def test_key_that_is_to_be_deleted_opens_nothing(kms: Any, key: str) -> None:  # noqa: ANN401
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)

    assert _refusal(kms.decrypt, CiphertextBlob=sealed) == "KMSInvalidStateException"


def test_alias_names_its_key(kms: Any, key: str) -> None:  # noqa: ANN401
    alias = f"alias/{key.rsplit('/', 1)[-1]}"
    kms.create_alias(AliasName=alias, TargetKeyId=key)
    sealed = kms.encrypt(KeyId=alias, Plaintext=b"secret")["CiphertextBlob"]

    assert kms.decrypt(CiphertextBlob=sealed, KeyId=alias)["KeyId"] == key


def test_elliptic_curve_signature_is_verified_and_bound_to_its_message(kms: Any) -> None:  # noqa: ANN401
    signing = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    algorithm = "ECDSA_SHA_256"
    signature = kms.sign(KeyId=signing, Message=b"head", SigningAlgorithm=algorithm)["Signature"]
    verified = kms.verify(KeyId=signing, Message=b"head", Signature=signature, SigningAlgorithm=algorithm)
    forged = {"KeyId": signing, "Message": b"other", "Signature": signature, "SigningAlgorithm": algorithm}

    assert verified["SignatureValid"]
    assert _refusal(kms.verify, **forged) == "KMSInvalidSignatureException"


def test_keys_and_their_rotations_survive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_endpoint(tmp_path, state=state) as first:
        client = first.client("kms")
        key = client.create_key()["KeyMetadata"]["Arn"]
        sealed = client.encrypt(KeyId=key, Plaintext=b"before", EncryptionContext=_CONTEXT)["CiphertextBlob"]
        client.rotate_key_on_demand(KeyId=key)
    with running_endpoint(tmp_path, state=state) as second:
        opened = second.client("kms").decrypt(CiphertextBlob=sealed, EncryptionContext=_CONTEXT)

    assert opened["Plaintext"] == b"before"
