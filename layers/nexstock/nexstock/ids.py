"""Identifiers: a prefix that names the kind, then a ULID (https://github.com/ulid/spec).

A ULID is 48 bits of milliseconds and 80 random bits in Crockford's base 32: fixed length, no delimiter,
and ids sort by the time they were made, which is what lists page by.
Ids name things; they are never a secret (ASVS 11.5.1 wants 128 random bits for those).
"""

import hashlib
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import NewType

OrganizationId = NewType("OrganizationId", str)
UserId = NewType("UserId", str)
SessionId = NewType("SessionId", str)
InvitationId = NewType("InvitationId", str)
ApiKeyId = NewType("ApiKeyId", str)
ProductId = NewType("ProductId", str)
ImportId = NewType("ImportId", str)
ExportId = NewType("ExportId", str)
WarehouseId = NewType("WarehouseId", str)
MovementId = NewType("MovementId", str)
TransferId = NewType("TransferId", str)
CountId = NewType("CountId", str)
PurchaseOrderId = NewType("PurchaseOrderId", str)
SupplierId = NewType("SupplierId", str)
CustomerId = NewType("CustomerId", str)
OrderId = NewType("OrderId", str)
WebhookEndpointId = NewType("WebhookEndpointId", str)
PasskeyId = NewType("PasskeyId", str)
MessageId = NewType("MessageId", str)
AuditEntryId = NewType("AuditEntryId", str)
SecurityEventId = NewType("SecurityEventId", str)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID_LENGTH = 26
_TIME_LENGTH = 10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_RANDOM_BITS = (1 << 80) - 1
_ULID_PATTERN = "[0-7][0-9A-HJKMNP-TV-Z]{25}"


def pattern_of(prefix: str) -> str:
    """Return the regular expression that ids with this prefix match in full."""
    return f"^{prefix}_{_ULID_PATTERN}$"


def ulid(at: datetime) -> str:
    """Return a new ULID whose time part is `at`."""
    return encode_ulid(((at - _EPOCH) // _MILLISECOND << 80) | secrets.randbits(80))


def encode_ulid(value: int) -> str:
    """Return a 128-bit number as 26 characters of Crockford's base 32, most significant first."""
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(5 * (_ULID_LENGTH - 1), -1, -5))


def new_id(prefix: str, at: datetime) -> str:
    """Return a new identifier such as `prd_01JD…`, made at `at`."""
    return f"{prefix}_{ulid(at)}"


def first_id(prefix: str, at: datetime) -> str:
    """Return the lowest identifier that can have been made at `at`: where those that were made since begin."""
    return f"{prefix}_{encode_ulid((max(at, _EPOCH) - _EPOCH) // _MILLISECOND << 80)}"


def last_id_before(prefix: str, at: datetime) -> str:
    """Return the highest identifier that can have been made before `at`; the lowest of all if nothing can."""
    return id_before(first_id(prefix, at))


def id_before(identifier: str) -> str:
    """Return the identifier next below one; the lowest has itself."""
    prefix, _, text = identifier.rpartition("_")
    return f"{prefix}_{encode_ulid(max(_number_of(text) - 1, 0))}"


def lowest_id(prefix: str) -> str:
    """Return the lowest identifier that there can be."""
    return f"{prefix}_{encode_ulid(0)}"


def highest_id(prefix: str) -> str:
    """Return the highest identifier that there can be."""
    return f"{prefix}_{encode_ulid((1 << 128) - 1)}"


def made_at(identifier: str) -> datetime:
    """Return when an identifier was made, to the millisecond."""
    return _EPOCH + _number_of(identifier.rpartition("_")[2][:_TIME_LENGTH]) * _MILLISECOND


def random_part(identifier: str) -> int:
    """Return what tells an identifier from others that were made within the same millisecond: its low 80 bits."""
    return _number_of(identifier.rpartition("_")[2]) & _RANDOM_BITS


def _number_of(text: str) -> int:
    number = 0
    for character in text:
        number = number * 32 + _ALPHABET.index(character)
    return number


def derived_id(prefix: str, text: str) -> str:
    """Return the id that a text always gets: well-formed, and nothing is known of the text from it."""
    return f"{prefix}_{encode_ulid(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big'))}"


def stand_in_id(prefix: str, text: str) -> str:
    """Return the id under which the work for what does not exist is done: well-formed, nobody's, always the same."""
    return derived_id(prefix, text)


def is_id(text: str, prefix: str) -> bool:
    """Tell whether the text is an identifier of the kind that the prefix names."""
    return re.fullmatch(pattern_of(prefix), text) is not None
