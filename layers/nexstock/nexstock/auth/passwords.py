"""Passwords: the rules for new ones, and bcrypt with a pepper.

bcrypt reads 72 bytes and version 5 refuses more, so it gets the base64 of HMAC-SHA-256(pepper, password): nothing
is cut off, and a stolen table is worth nothing without the pepper, which KMS holds. A plain SHA-256 in its place
would let hashes from other leaks be tried ("shucking"). NIST SP 800-63B-4, 3.1.1; ASVS 6.2.
"""

import base64
import hashlib
import hmac
import unicodedata
from dataclasses import dataclass, field
from typing import Final

import bcrypt

from nexstock.crypto.platform_secrets import Purpose, newest_secret, secret_of_version
from nexstock.errors import FieldError, InvalidRequest

COST: Final = 12
MIN_LENGTH: Final = 15
MIN_LENGTH_WITH_SECOND_FACTOR: Final = 8
MAX_LENGTH: Final = 128
_MIN_CONTEXT_WORD: Final = 4
_MIN_DISTINCT: Final = 5

# The hash of a random value nobody kept: verifying against it costs what a real verification costs.
_NOBODYS_HASH: Final = b"$2b$12$2pd4oHBxjI.aRoc.sg8XdeEQ0UmVGiIX5erzvaBZICSoNJOvGGDUS"


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is stored of a password: a bcrypt hash and the version of the pepper below it.

    `is_short`: it would not do without a second factor.
    """

    value: str = field(repr=False)
    pepper_version: str
    is_short: bool = False


def require_acceptable(password: str, *, context: list[str], pointer: str, min_length: int = MIN_LENGTH) -> None:
    """Accept a new password or say why not.

    Args:
        password: as typed; any Unicode, counted in code points.
        context: words that it must not contain, such as the address's local part or the organization's name.
        pointer: where it stood in the request.
        min_length: `MIN_LENGTH_WITH_SECOND_FACTOR` where a second factor stands beside the password.

    Raises:
        InvalidRequest: too short, too long, a repetition, or built around a context word (422).
    """
    normal = unicodedata.normalize("NFC", password)
    folded = normal.casefold()
    reason = None
    if len(normal) < min_length:
        reason = f"at least {min_length} characters"
    elif len(normal) > MAX_LENGTH:
        reason = f"at most {MAX_LENGTH} characters"
    elif len(set(folded)) < _MIN_DISTINCT:
        reason = f"at least {_MIN_DISTINCT} different characters"
    elif any(len(word) >= _MIN_CONTEXT_WORD and word.casefold() in folded for word in context):
        reason = "must not contain your e-mail address or the organization's name"
    if reason:
        raise InvalidRequest([FieldError(pointer, reason)])


def hash_password(password: str) -> PasswordHash:
    """Return the hash of a new password; takes about a quarter of a second, on purpose."""
    pepper = newest_secret(Purpose.PASSWORD_PEPPER)
    hashed = bcrypt.hashpw(_peppered(password, pepper.value), bcrypt.gensalt(COST))
    return PasswordHash(hashed.decode(), pepper.version, is_short=_length(password) < MIN_LENGTH)


def verify_password(password: str, stored: PasswordHash | None) -> bool:
    """Tell whether the password is the stored one; without a stored one it takes as long and is false."""
    if stored is None:
        pepper = newest_secret(Purpose.PASSWORD_PEPPER)
        bcrypt.checkpw(_peppered(password, pepper.value), _NOBODYS_HASH)
        return False
    pepper = secret_of_version(Purpose.PASSWORD_PEPPER, stored.pepper_version)
    return bcrypt.checkpw(_peppered(password, pepper.value), stored.value.encode())


def _length(password: str) -> int:
    return len(unicodedata.normalize("NFC", password))


def _peppered(password: str, pepper: bytes) -> bytes:
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.new(pepper, normal, hashlib.sha256).digest())
