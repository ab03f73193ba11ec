"""Verify a NexStock webhook message. Standard library only; Python 3.9 or newer.

Use one of the two functions in your receiver, with the body exactly as it arrived:

    verify_nexstock(secret, headers, body)   # X-NexStock-Signature
    verify_standard(secret, headers, body)   # webhook-id, webhook-timestamp, webhook-signature

`headers` maps lower-case names to values. Both raise `InvalidSignature`, and nothing else, for anything that was
not signed with the secret within the last five minutes.

To look into a message that you saved (one `Name: value` a line, and the body as it arrived):

    WEBHOOK_SECRET=whsec_... python3 verify.py headers.txt body.json
"""

import base64
import hashlib
import hmac
import os
import sys
import time
from collections.abc import Mapping
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


def _require_recent(timestamp: str, now: Optional[float]) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        raise InvalidSignature("there is no timestamp")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE_S:
        raise InvalidSignature("the message is older than five minutes, or this clock is wrong")


def _require_match(wanted: str, sent: "list[str]") -> None:
    # Bytes, because compare_digest refuses text that is not ASCII. It takes the same time wherever they differ.
    if not any([hmac.compare_digest(wanted.encode(), item.encode(errors="replace")) for item in sent]):
        raise InvalidSignature("no signature matches")


def main() -> int:
    """Verify a saved message in both forms."""
    lines = Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body, secret = Path(sys.argv[2]).read_bytes(), os.environ["WEBHOOK_SECRET"]
    try:
        verify_nexstock(secret, headers, body)
        verify_standard(secret, headers, body)
    except InvalidSignature as refusal:
        print(f"not valid: {refusal}")
        return 1
    print("valid")
    return 0


if __name__ == "__main__":
    sys.exit(main())
