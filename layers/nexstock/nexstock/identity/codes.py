"""One-time codes: 6 digits, good for 10 minutes and 5 tries, stored as a keyed hash.

A million codes are soon tried offline, so the hash is keyed with a secret that KMS holds; the code is bound to its
purpose and to what asked for it. ASVS 6.5.1 to 6.5.5, 6.6.2.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from nexstock.crypto.platform_secrets import PlatformSecret, newest_secret, secret_of_version
from nexstock.crypto.stored_secrets import Purpose

LIFETIME: Final = timedelta(minutes=10)
MAX_TRIES: Final = 5
DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A new code, and what is stored of it."""

    digits: str = field(repr=False)
    digest: bytes = field(repr=False)
    key_version: str


def new_code(purpose: str, subject: str) -> OneTimeCode:
    """Return a new code for a purpose, bound to whom or what it is for."""
    key = newest_secret(Purpose.CODE_HASH)
    digits = f"{secrets.randbelow(10**6):06d}"
    return OneTimeCode(digits, keyed_hash(key, purpose, subject, digits), key.version)


def code_matches(digits: str, digest: bytes, *, key_version: str, purpose: str, subject: str) -> bool:
    """Tell whether these digits are the code; takes the same time either way."""
    key = secret_of_version(Purpose.CODE_HASH, key_version)
    return hmac.compare_digest(digest, keyed_hash(key, purpose, subject, digits))


def is_digits(code: str) -> bool:
    """Tell whether a code has the form of a one-time code: six digits."""
    return len(code) == DIGITS and code.isdecimal()


def keyed_hash(key: PlatformSecret, purpose: str, subject: str, text: str) -> bytes:
    """Return what is stored of a code: its hash under a secret of ours, bound to its purpose and subject."""
    return hmac.new(key.value, json.dumps([purpose, subject, text]).encode(), hashlib.sha256).digest()
