"""Signatures: checked with the public Standard Webhooks library and a verifier of Stripe's form written here."""

import base64
import hashlib
import hmac
import time

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from nexstock.webhooks.signing import new_signing_secret, signature_headers

# The vector of standard-webhooks/libraries/python/tests/test_webhooks.py, test_sign_function.
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
_TIMESTAMP = 1614265330
_BODY = b'{"test": 2432232314}'
_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def _headers(*secrets: str, body: bytes = _BODY, timestamp: int = _TIMESTAMP) -> dict[str, str]:
    return signature_headers(secrets, (), message_id=_ID, timestamp=timestamp, body=body)


def _verify_dated(secret_key: bytes, header: str, body: bytes) -> bool:
    fields = [part.partition("=") for part in header.split(",")]
    timestamp = next(value for name, _, value in fields if name == "t")
    expected = hmac.new(secret_key, f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, value) for name, _, value in fields if name == "v1")


def _is_genuine(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body, headers)
    except (WebhookVerificationError, UnicodeDecodeError):
        # The library decodes before it verifies, so that a broken byte ends there.
        return False
    return True


def test_published_vector_is_met() -> None:
    headers = _headers(_SECRET)

    assert headers["webhook-signature"] == _SIGNATURE
    assert (headers["webhook-id"], headers["webhook-timestamp"]) == (_ID, str(_TIMESTAMP))


@given(body=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5))
def test_public_library_accepts_what_is_signed(body: dict[str, str]) -> None:
    import json  # noqa: PLC0415 (the test's own writer)

    secret, sent = new_signing_secret(), json.dumps(body).encode()

    assert Webhook(secret).verify(sent, _headers(secret, body=sent, timestamp=int(time.time()))) == body


@given(position=st.integers(min_value=0, max_value=len(_BODY) * 8 - 1))
def test_every_change_of_one_bit_of_the_body_is_refused(position: int) -> None:
    changed = bytearray(_BODY)
    changed[position // 8] ^= 1 << (position % 8)
    headers = _headers(_SECRET, timestamp=int(time.time()))

    assert _is_genuine(_SECRET, headers, _BODY)
    assert not _is_genuine(_SECRET, headers, bytes(changed))
    assert not _verify_dated(_SECRET.encode(), headers["X-NexStock-Signature"], bytes(changed))


@given(position=st.integers(min_value=0, max_value=255))
def test_every_change_of_one_bit_of_the_signature_is_refused(position: int) -> None:
    headers = _headers(_SECRET, timestamp=int(time.time()))
    signature = bytearray(base64.b64decode(headers["webhook-signature"].removeprefix("v1,")))
    signature[position // 8] ^= 1 << (position % 8)
    changed = {**headers, "webhook-signature": "v1," + base64.b64encode(signature).decode()}

    assert not _is_genuine(_SECRET, changed, _BODY)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed(name: str) -> None:
    now = int(time.time())
    headers = _headers(_SECRET, timestamp=now)
    changed = {"webhook-id": "msg_other", "webhook-timestamp": str(now + 1)}[name]

    assert not _is_genuine(_SECRET, {**headers, name: changed}, _BODY)


@pytest.mark.parametrize("age_s", [-400, 400])
def test_old_signature_is_worth_nothing(age_s: int) -> None:
    assert not _is_genuine(_SECRET, _headers(_SECRET, timestamp=int(time.time()) - age_s), _BODY)


def test_both_secrets_verify_while_one_replaces_the_other() -> None:
    new, old, stranger = new_signing_secret(), new_signing_secret(), new_signing_secret()
    headers = _headers(new, old, timestamp=int(time.time()))

    assert _is_genuine(new, headers, _BODY)
    assert _is_genuine(old, headers, _BODY)
    assert not _is_genuine(stranger, headers, _BODY)
    assert headers["webhook-signature"].count("v1,") == 2


def test_dated_form_verifies_by_the_secrets_text_and_by_its_bytes() -> None:
    header = _headers(_SECRET)["X-NexStock-Signature"]

    assert header.startswith(f"t={_TIMESTAMP},v1=")
    assert _verify_dated(_SECRET.encode(), header, _BODY)
    assert _verify_dated(base64.b64decode(_SECRET.removeprefix("whsec_")), header, _BODY)
    assert not _verify_dated(b"another secret", header, _BODY)


def test_secret_is_made_as_the_standard_asks() -> None:
    made = {new_signing_secret() for _ in range(50)}

    assert len(made) == 50
    assert all(secret.startswith("whsec_") for secret in made)
    assert {len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) for secret in made} == {32}


def _signed_by(*keys: Ed25519PrivateKey) -> list[bytes]:
    """Return the `v1a` signatures of the message."""
    headers = signature_headers([_SECRET], keys, message_id=_ID, timestamp=_TIMESTAMP, body=_BODY)
    mac, *items = headers["webhook-signature"].split(" ")
    assert mac == _SIGNATURE
    assert all(item.startswith("v1a,") for item in items)
    return [base64.b64decode(item.removeprefix("v1a,"), validate=True) for item in items]


def test_every_key_signs_what_the_standard_signs() -> None:
    keys = [Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2)]
    content = f"{_ID}.{_TIMESTAMP}.".encode() + _BODY

    for key, signature in zip(keys, _signed_by(*keys), strict=True):
        key.public_key().verify(signature, content)


@given(position=st.integers(min_value=0, max_value=511))
def test_every_change_of_one_bit_of_a_keys_signature_is_refused(position: int) -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    signature = bytearray(_signed_by(key)[0])
    signature[position // 8] ^= 1 << (position % 8)

    with pytest.raises(InvalidSignature):
        key.public_key().verify(bytes(signature), f"{_ID}.{_TIMESTAMP}.".encode() + _BODY)
