"""The list of common and breached passwords, which no new password may be, nor be built of in an obvious way.

`common_passwords.bin` holds, sorted, the first 5 bytes of the SHA-256 of each (infra/common_passwords.py made it; its
sources are named in the notice beside it): about 378,000 in 1.9 MB, of which a look-up reads some twenty places of the
mapped file. One password in three million that is not on the list is taken for one. NIST SP 800-63B-4, 3.1.1.2; ASVS
6.2.4, 6.2.12.
"""

import hashlib
import mmap
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

LIST_PATH: Final = Path(__file__).with_name("common_passwords.bin")
MIN_LENGTH: Final = 4
"""Shorter texts are not listed, so that a password is not refused for having a few letters somewhere in it."""

_PREFIX_BYTES: Final = 5
_PADDING: Final = re.compile(r"\A[\W\d_]+|[\W\d_]+\Z")


def prefix_of(folded: str) -> bytes:
    """Return what the list holds of a password, given in its normal form and case-folded."""
    return hashlib.sha256(folded.encode()).digest()[:_PREFIX_BYTES]


def is_common(folded: str) -> bool:
    """Tell whether a password is listed, or is a listed one repeated or with nothing but digits and signs around it.

    Args:
        folded: the password in its normal form and case-folded.
    """
    return any(len(form) >= MIN_LENGTH and _is_listed(form) for form in _forms(folded))


def _forms(folded: str) -> Iterator[str]:
    core, unit = _PADDING.sub("", folded), _repeated_part(folded)
    yield from (folded, core, unit, _PADDING.sub("", unit), _repeated_part(core))


def _repeated_part(text: str) -> str:
    """Return what a text repeats from its beginning to its end, the last time perhaps not to its end; or the text."""
    # Half of it and one more: between two there may be a space.
    for length in range(1, (len(text) + 1) // 2 + 1):
        if text[length:] == text[:-length]:
            return text[:length]
    return text


def _is_listed(text: str) -> bool:
    entries, wanted = _entries(), prefix_of(text)

    def entry(number: int) -> bytes:
        return entries[number * _PREFIX_BYTES : (number + 1) * _PREFIX_BYTES]

    return entry(bisect_left(range(len(entries) // _PREFIX_BYTES), wanted, key=entry)) == wanted


@cache
def _entries() -> mmap.mmap:
    # Mapped at the first look-up: a function that checks no password neither reads nor keeps any of it.
    with LIST_PATH.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
