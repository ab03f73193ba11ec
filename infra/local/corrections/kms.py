"""KMS: symmetric ciphertexts that can't be changed, and keys that rotate.

Restores "SYMMETRIC_DEFAULT key spec", "Encryption context" and "Rotate AWS KMS
keys" of the AWS KMS Developer Guide. Stock encrypts with an unauthenticated
pad, so that a changed ciphertext opens to changed plaintext, and has no
ReEncrypt, RotateKeyOnDemand or ListKeyRotations; nor does it say when it is
going to rotate a key, which it never does by itself here.

A ciphertext is: key id, number of the key material that made it (one byte),
nonce (12 bytes), AES-256-GCM of the plaintext with the encryption context as
additional data. Rotation adds key material and keeps the old, as AWS does.
"""

import base64
import binascii
import json
import os
import time
from collections.abc import Awaitable, Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from ministack.core.responses import error_response_json, json_response
from ministack.services import kms

from infra.local.corrections.patching import EngineRecord, EngineResponse, replace, require

_CURRENT = "_symmetric_key"
_FORMER = "nexstock_former_key_material"
"""Rotated-out key material of a key: `[{"key": base64, "rotatedAt": epoch seconds}]`, oldest first."""

_NONCE_BYTES = 12
_DAY_S = 24 * 3600
_KEY_ID_LENGTH = 36
_INCORRECT_KEY = "IncorrectKeyException"
_INVALID_CIPHERTEXT = "InvalidCiphertextException"
_NO_BLOB = "SerializationException"
_NOT_FOUND = "NotFoundException"
_UNSUPPORTED = "UnsupportedOperationException"
_ALGORITHM = "SYMMETRIC_DEFAULT"


class _RefusedError(Exception):
    """A request that KMS answers with an error."""

    def __init__(self, response: EngineResponse) -> None:
        super().__init__("refused")
        self.response = response

    @classmethod
    def because(cls, code: str, text: str = "") -> "_RefusedError":
        return cls(error_response_json(code, text, 400))


def apply() -> None:
    """Correct symmetric encryption and add the missing operations."""
    require(kms, "_resolve_key", "_check_key_state", "_reject_hmac_key", "_key_material_id")

    def encrypt(request: EngineRecord) -> EngineResponse:
        key = kms._resolve_key(request.get("KeyId", ""))
        if not key or _CURRENT not in key:
            refused_or_asymmetric: EngineResponse = stock_encrypt(request)
            return refused_or_asymmetric
        return _answer(_encrypt, request)

    def decrypt(request: EngineRecord) -> EngineResponse:
        named = kms._resolve_key(request.get("KeyId", ""))
        if named and "_private_key" in named:
            asymmetric: EngineResponse = stock_decrypt(request)
            return asymmetric
        return _answer(_decrypt, request)

    def generate_data_key(request: EngineRecord, action: str = "GenerateDataKey") -> tuple[object, object, object]:
        key, data_key, sealed_or_refusal = stock_generate(request, action)
        if key is None:
            return None, None, sealed_or_refusal
        return key, data_key, _seal(key, data_key, request.get("EncryptionContext"))

    def generate_key_pair(request: EngineRecord, action: str) -> tuple[EngineRecord | None, bytes | None, object]:
        payload, private_key, refusal = stock_generate_pair(request, action)
        if payload is not None:
            key = _usable_key(request["KeyId"])
            payload["PrivateKeyCiphertextBlob"] = _text(_seal(key, private_key, request.get("EncryptionContext")))
        return payload, private_key, refusal

    stock_encrypt = replace(kms, "_encrypt", encrypt)
    stock_decrypt = replace(kms, "_decrypt", decrypt)
    stock_generate = replace(kms, "_generate_data_key_common", generate_data_key)
    stock_generate_pair = replace(kms, "_generate_data_key_pair_common", generate_key_pair)
    _add_operations()


def _add_operations() -> None:
    added: dict[str, Callable[[EngineRecord], EngineRecord]] = {
        "ReEncrypt": _re_encrypt,
        "RotateKeyOnDemand": _rotate,
        "ListKeyRotations": _list_rotations,
        "GetKeyRotationStatus": _rotation_status,
    }

    async def handle(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: EngineRecord,
    ) -> EngineResponse:
        operation = added.get(headers.get("x-amz-target", "").rsplit(".", 1)[-1])
        if operation is not None:
            return _answer(operation, json.loads(body or b"{}"))
        return await stock_handle(method, path, headers, body, query)

    stock_handle: Callable[..., Awaitable[EngineResponse]] = replace(kms, "handle_request", handle)


def _answer(operation: Callable[[EngineRecord], EngineRecord], request: EngineRecord) -> EngineResponse:
    try:
        response: EngineResponse = json_response(operation(request))
    except _RefusedError as refused:
        return refused.response
    return response


def _encrypt(request: EngineRecord) -> EngineRecord:
    key = _usable_key(request.get("KeyId", ""))
    sealed = _seal(key, _bytes(request.get("Plaintext", "")), request.get("EncryptionContext"))
    return {"KeyId": key["Arn"], "CiphertextBlob": _text(sealed), "EncryptionAlgorithm": _ALGORITHM}


def _decrypt(request: EngineRecord) -> EngineRecord:
    ciphertext = _bytes(request.get("CiphertextBlob", ""))
    key, plaintext = _open(ciphertext, request.get("EncryptionContext"), request.get("KeyId"))
    return {"KeyId": key["Arn"], "Plaintext": _text(plaintext), "EncryptionAlgorithm": _ALGORITHM}


def _re_encrypt(request: EngineRecord) -> EngineRecord:
    ciphertext = _bytes(request.get("CiphertextBlob", ""))
    source, plaintext = _open(ciphertext, request.get("SourceEncryptionContext"), request.get("SourceKeyId"))
    destination = _usable_key(request.get("DestinationKeyId", ""))
    sealed = _seal(destination, plaintext, request.get("DestinationEncryptionContext"))
    return {
        "CiphertextBlob": _text(sealed),
        "SourceKeyId": source["Arn"],
        "KeyId": destination["Arn"],
        "SourceEncryptionAlgorithm": _ALGORITHM,
        "DestinationEncryptionAlgorithm": _ALGORITHM,
    }


def _rotate(request: EngineRecord) -> EngineRecord:
    key = _usable_key(request.get("KeyId", ""))
    if key.get("MultiRegion"):
        # Every replica would have to change with it, which the engine's records of them don't.
        raise _RefusedError.because(_UNSUPPORTED, f"{key['Arn']} is a multi-Region key")
    former = key.setdefault(_FORMER, [])
    former.append({"key": _text(key[_CURRENT]), "rotatedAt": time.time()})
    key[_CURRENT] = os.urandom(32)
    return {"KeyId": key["KeyId"]}


def _list_rotations(request: EngineRecord) -> EngineRecord:
    key = _usable_key(request.get("KeyId", ""))
    rotations = [
        {"KeyId": key["KeyId"], "RotationDate": former["rotatedAt"], "RotationType": "ON_DEMAND"}
        for former in key.get(_FORMER, [])
    ]
    return {"Rotations": rotations, "Truncated": False}


def _rotation_status(request: EngineRecord) -> EngineRecord:
    key = _usable_key(request.get("KeyId", ""))
    if not key.get("KeyRotationEnabled"):
        return {"KeyId": key["Arn"], "KeyRotationEnabled": False}
    days = int(key.get("RotationPeriodInDays", 365))
    # The engine does not note when rotation was enabled; templates enable it when they make a key.
    periods = (time.time() - key["CreationDate"]) // (days * _DAY_S) + 1
    return {
        "KeyId": key["Arn"],
        "KeyRotationEnabled": True,
        "RotationPeriodInDays": days,
        "NextRotationDate": key["CreationDate"] + periods * days * _DAY_S,
    }


def _usable_key(key_id: str) -> EngineRecord:
    """Return the symmetric key that an id, ARN or alias names.

    Raises:
        _RefusedError: no such key, not a symmetric one, or in a state that forbids its use.
    """
    key: EngineRecord | None = kms._resolve_key(key_id)
    if not key:
        raise _RefusedError.because(_NOT_FOUND, f"Key '{key_id}' does not exist")
    if refusal := kms._check_key_state(key):
        raise _RefusedError(refusal)
    if _CURRENT not in key:
        raise _RefusedError.because(_UNSUPPORTED, f"{key['Arn']} is not a symmetric key")
    return key


def _seal(key: EngineRecord, plaintext: bytes, context: dict[str, str] | None) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    header: bytes = key["KeyId"].encode() + bytes([len(key.get(_FORMER, []))])
    sealed = AESGCM(key[_CURRENT]).encrypt(nonce, plaintext, _additional_data(context))
    return b"".join([header, nonce, sealed])


def _open(
    ciphertext: bytes,
    context: dict[str, str] | None,
    expected_key_id: str | None,
) -> tuple[EngineRecord, bytes]:
    """Return the key that made a ciphertext, and the plaintext.

    Raises:
        _RefusedError: changed or foreign ciphertext, another context, or another key than the caller expects.
    """
    # Multi-Region keys have ids of "mrk-" and 32 digits, which are as long as all others.
    key_id = ciphertext[:_KEY_ID_LENGTH].decode("ascii", errors="replace")
    if not kms._resolve_key(key_id):
        raise _RefusedError.because(_INVALID_CIPHERTEXT)
    key = _usable_key(key_id)
    if expected_key_id and _usable_key(expected_key_id) is not key:
        raise _RefusedError.because(
            _INCORRECT_KEY,
            "The key ID in the request does not identify a CMK that can perform this operation.",
        )
    material = [_bytes(former["key"]) for former in key.get(_FORMER, [])] + [key[_CURRENT]]
    body = ciphertext[_KEY_ID_LENGTH:]
    try:
        nonce, sealed = body[1 : 1 + _NONCE_BYTES], body[1 + _NONCE_BYTES :]
        return key, AESGCM(material[body[0]]).decrypt(nonce, sealed, _additional_data(context))
    except (IndexError, ValueError, InvalidTag) as error:
        raise _RefusedError.because(_INVALID_CIPHERTEXT) from error


def _additional_data(context: dict[str, str] | None) -> bytes:
    return json.dumps(context or {}, sort_keys=True).encode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise _RefusedError.because(_NO_BLOB, "a blob is not base64") from error


def _text(blob: bytes) -> str:
    return base64.b64encode(blob).decode()
