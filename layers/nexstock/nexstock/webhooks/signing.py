"""Signatures of webhook messages, in both forms, over the exact bytes that are sent.

Standard Webhooks (https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp`, `webhook-signature`, where
the key is the secret's base64 part decoded. `X-NexStock-Signature: t=…,v1=…` is the form of Stripe's verifiers, where
the key is the secret's text as it stands; a second `v1` has the decoded key, for verifiers that read secrets so.
Either form accepts any one match, which is also how two secrets overlap during a rotation.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Final

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32


def new_signing_secret() -> str:
    """Return a new secret: `whsec_` and the base64 of 32 random bytes."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature_headers(signing_secrets: list[str], *, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers that prove a message.

    Args:
        signing_secrets: every secret that is good now, newest first.
        message_id: the same over all attempts, so that receivers can tell a repetition.
        timestamp: of this attempt, whole seconds since the epoch.
        body: the bytes that are sent.
    """
    standard_content = f"{message_id}.{timestamp}.".encode() + body
    dated_content = f"{timestamp}.".encode() + body
    standard = [base64.b64encode(_mac(_decoded(secret), standard_content)).decode() for secret in signing_secrets]
    dated = [
        _mac(key, dated_content).hex() for secret in signing_secrets for key in (secret.encode(), _decoded(secret))
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in standard),
        "X-NexStock-Signature": f"t={timestamp}," + ",".join(f"v1={signature}" for signature in dated),
    }


def _mac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _decoded(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
