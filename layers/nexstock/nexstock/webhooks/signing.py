"""Signatures of webhook messages, in both forms, over the exact bytes that are sent.

Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`, where
the key is the secret's base64 part decoded. `X-NexStock-Signature: t=…,v1=…` is the form of Stripe's verifiers, where
the key is the secret's text as it stands; a second `v1` has the decoded key, for verifiers that read secrets so.
Either form accepts any one match, which is also how two secrets overlap during a rotation. `v1a` signatures in
`webhook-signature` are Ed25519 over the same content as its `v1`: whoever verifies them needs no secret.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final, Protocol

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


class SigningKey(Protocol):
    """The private half of an Ed25519 key pair."""

    def sign(self, data: bytes, /) -> bytes:
        """Return the signature of 64 bytes."""


def new_signing_secret() -> str:
    """Return a new secret: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_headers(
    signing_secrets: Sequence[str],
    signing_keys: Sequence[SigningKey],
    *,
    message_id: str,
    timestamp: int,
    body: bytes,
) -> dict[str, str]:
    """Return the headers that prove a message.

    Args:
        signing_secrets: every secret of the endpoint that is good now, newest first.
        signing_keys: every key of the organization that signs now, newest first.
        message_id: the same over all attempts, so that receivers can tell a repetition.
        timestamp: of this attempt, whole seconds since the epoch.
        body: the bytes that are sent.
    """
    standard_content = f"{message_id}.{timestamp}.".encode() + body
    dated_content = f"{timestamp}.".encode() + body
    standard = [
        *(f"v1,{_base64(_mac(_decoded(secret), standard_content))}" for secret in signing_secrets),
        *(f"v1a,{_base64(key.sign(standard_content))}" for key in signing_keys),
    ]
    dated = [
        _mac(key, dated_content).hex() for secret in signing_secrets for key in (secret.encode(), _decoded(secret))
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(standard),
        "X-NexStock-Signature": f"t={timestamp}," + ",".join(f"v1={signature}" for signature in dated),
    }


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _decoded(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
