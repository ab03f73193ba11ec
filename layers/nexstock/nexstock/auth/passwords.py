"""Passwords: the rules for new ones, and bcrypt with a pepper.

bcrypt reads 72 bytes and version 5 refuses more, so it gets the base64 of HMAC-SHA-256(pepper, password): nothing
is cut off, and a stolen table is worth nothing without the pepper, which KMS holds. A plain SHA-256 in its place
would let hashes from other leaks be tried ("shucking"). NIST SP 800-63B-4, 3.1.1; ASVS 6.2.
A hash says how it was made: cost and pepper may change, and each is made anew when its password is next entered.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

import bcrypt

from nexstock.auth.common_passwords import is_common
from nexstock.crypto.platform_secrets import newest_secret, secret_of_version
from nexstock.crypto.stored_secrets import Purpose
from nexstock.errors import FieldError, InvalidRequest

COST: Final = 12
MIN_LENGTH: Final = 15
MIN_LENGTH_WITH_SECOND_FACTOR: Final = 8
MAX_LENGTH: Final = 128
_OUR_NAME: Final = "nexstock"
_MIN_CONTEXT_LETTERS: Final = 4
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
        context: texts whose words it must not contain: the address's local part, names of the person and the
            organization. A word counts if it has four letters.
        pointer: where it stood in the request.
        min_length: `MIN_LENGTH_WITH_SECOND_FACTOR` where a second factor stands beside the password.

    Raises:
        InvalidRequest: too short, too long, a repetition, built around a context word, or common (422).
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
    elif any(word in folded for word in _words([_OUR_NAME, *context])):
        reason = "must not contain your name, your e-mail address, the organization's name or ours"
    elif is_common(folded):
        reason = "must not be one of the passwords that are common or known from breaches, nor a variation of one"
    if reason:
        raise InvalidRequest([FieldError(pointer, reason)])


def hash_password(password: str) -> PasswordHash:
    """Return the hash of a new password; takes about a quarter of a second, on purpose."""
    pepper = newest_secret(Purpose.PASSWORD_PEPPER)
    hashed = bcrypt.hashpw(_peppered(password, pepper.value), bcrypt.gensalt(COST))
    return PasswordHash(hashed.decode(), pepper.version, is_short=_length(password) < MIN_LENGTH)


def verify_password(password: str, stored: PasswordHash | None) -> bool:
    """Tell whether the password is the stored one; without a stored one it takes as long and is false."""
    # Looked up for everybody, so that a cold start does not tell by its calls whether there is a stored one.
    pepper = newest_secret(Purpose.PASSWORD_PEPPER)
    if stored is None:
        bcrypt.checkpw(_peppered(password, pepper.value), _NOBODYS_HASH)
        return False
    if stored.pepper_version != pepper.version:
        pepper = secret_of_version(Purpose.PASSWORD_PEPPER, stored.pepper_version)
    return bcrypt.checkpw(_peppered(password, pepper.value), stored.value.encode())


def is_outdated(stored: PasswordHash) -> bool:
    """Tell whether a new hash of the same password would be made in another way: other cost, other pepper."""
    cost = int(stored.value.split("$")[2])
    return (cost, stored.pepper_version) != (COST, newest_secret(Purpose.PASSWORD_PEPPER).version)


def _words(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        for word in re.split(r"[\W_]+", unicodedata.normalize("NFC", text).casefold()):
            if sum(character.isalpha() for character in word) >= _MIN_CONTEXT_LETTERS:
                yield word


def _length(password: str) -> int:
    return len(unicodedata.normalize("NFC", password))


def _peppered(password: str, pepper: bytes) -> bytes:
    normal = unicodedata.normalize("NFC", password).encode()
    return base64.b64encode(hmac.new(pepper, normal, hashlib.sha256).digest())
