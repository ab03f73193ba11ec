"""Verify a NexStock webhook message. Python 3.9 or newer, standard library only but for `verify_with_key`.

Use one of the three functions in your receiver, with the body exactly as it arrived:

    verify_nexstock(secret, headers, body)           # X-NexStock-Signature
    verify_standard(secret, headers, body)           # webhook-id, webhook-timestamp, webhook-signature: v1
    verify_with_key(public_keys, headers, body)      # the same headers: v1a; needs the package `cryptography`

`headers` maps lower-case names to values. All raise `InvalidSignature`, and nothing else, for anything that was not
signed with the secret, or by the key, within the last five minutes.

To look into messages that you saved (one `Name: value` a line, and the body as it arrived):

    WEBHOOK_SECRET=whsec_... WEBHOOK_KEY=whpk_... python3 verify.py headers.txt body.json
"""

import base64
import hashlib
import hmac
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Optional

TOLERANCE_S = 300


class InvalidSignature(Exception):
    """The message is not from NexStock, was changed on the way, or is too old."""


def verify_nexstock(secret: str, headers: Mapping[str, str], body: bytes, now: Optional[float] = None) -> None:
    """Verify `X-NexStock-Signature: t=<seconds>,v1=<hex>,v1=<hex>`; one `v1` that matches is enough."""
    pairs = [part.strip().partition("=") for part in headers.get("x-nexstock-signature", "").split(",")]
    timestamp = next((value for name, _, value in pairs if name == "t"), "")
    _require_recent(timestamp, now)
    # The key is the secret's text as it stands, `whsec_` included.
    wanted = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    _require_match(wanted, [value for name, _, value in pairs if name == "v1"])


def verify_standard(secret: str, headers: Mapping[str, str], body: bytes, now: Optional[float] = None) -> None:
    """Verify the headers of Standard Webhooks; one `v1,<base64>` that matches is enough."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    _require_recent(timestamp, now)
    # The key is what the part after `whsec_` stands for in base64.
    encoded = secret[6:] if secret.startswith("whsec_") else secret
    content = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    wanted = "v1," + base64.b64encode(hmac.new(base64.b64decode(encoded), content, hashlib.sha256).digest()).decode()
    _require_match(wanted, headers.get("webhook-signature", "").split(" "))


def verify_with_key(
    public_keys: Iterable[str], headers: Mapping[str, str], body: bytes, now: Optional[float] = None
) -> None:
    """Verify the headers of Standard Webhooks; one `v1a,<base64>` that one of the `whpk_` keys made is enough."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    _require_recent(timestamp, now)
    content = f"{message_id}.{timestamp}.".encode(errors="replace") + body
    keys = [Ed25519PublicKey.from_public_bytes(base64.b64decode(key[5:])) for key in public_keys]
    sent = [item[4:] for item in headers.get("webhook-signature", "").split(" ") if item.startswith("v1a,")]
    if not any(_made_by(key, signature, content) for signature in sent for key in keys):
        raise InvalidSignature("no signature matches")


def _made_by(key, signature: str, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature as NoMatch

    try:
        key.verify(base64.b64decode(signature), content)
    except (NoMatch, ValueError):
        return False
    return True


def _require_recent(timestamp: str, now: Optional[float]) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise InvalidSignature("there is no timestamp")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_S:
        raise InvalidSignature("the message is older than five minutes, or this clock is wrong")


def _require_match(wanted: str, sent: "list[str]") -> None:
    # Bytes, because compare_digest refuses text that is not ASCII. It takes the same time wherever they differ.
    if not any([hmac.compare_digest(wanted.encode(), item.encode(errors="replace")) for item in sent]):
        raise InvalidSignature("no signature matches")


def main(paths: "list[str]") -> int:
    """Verify saved messages in every form that there is a secret or a key for."""
    secret, key = os.environ["WEBHOOK_SECRET"], os.environ.get("WEBHOOK_KEY")
    all_valid = True
    for headers_path, body_path in zip(paths[::2], paths[1::2]):
        lines = Path(headers_path).read_text(encoding="utf-8").splitlines()
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = Path(body_path).read_bytes()
        try:
            verify_nexstock(secret, headers, body)
            verify_standard(secret, headers, body)
            if key:
                verify_with_key([key], headers, body)
        except InvalidSignature as refusal:
            print(f"not valid: {refusal}")
            all_valid = False
        else:
            print("valid")
    return 0 if all_valid else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
