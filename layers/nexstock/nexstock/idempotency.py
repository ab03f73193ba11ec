"""Idempotency keys: the record is written in the same transaction as what it answers for.

So there is never an effect without its record, nor a record without its effect, and two equal requests at one
moment have exactly one effect. (draft-ietf-httpapi-idempotency-key-header; a key is good for 24 hours.)
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Self

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist

from nexstock.auth.principals import Tenant
from nexstock.crypto.places import KEPT_ANSWER, SealedPlace
from nexstock.errors import IdempotencyKeyReused, MalformedRequest, ReplayRefused
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import idempotency_partition
from nexstock.persistence.tables import TABLES, Item
from nexstock.persistence.transaction import RawItem

LIFETIME: Final = timedelta(hours=24)
MAX_KEY_LENGTH: Final = 255


class _RecordItem(Item):
    class Meta:
        table_name = TABLES.ephemeral

    fingerprint = UnicodeAttribute()
    status_code = NumberAttribute(attr_name="statusCode")
    headers = UnicodeAttribute()
    body = UnicodeAttribute(null=True)
    sealed_body = BinaryAttribute(attr_name="sealedBody", null=True, legacy_encoding=False)


class Keep(Enum):
    """How the body of an answer is kept for who repeats the request."""

    PLAIN = "plain"
    SEALED = "sealed"
    """It holds personal data, which is sealed wherever it is stored."""
    NOTHING = "nothing"
    """It holds a secret that is shown once."""


class AlreadyAnswered(Exception):  # noqa: N818 (an event, not an error: the first answer is given again)
    """The key was used before; `answer` is what it got then."""

    def __init__(self, answer: "StoredAnswer") -> None:
        super().__init__()
        self.answer = answer


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The first answer to a key. It has neither body where the answer held a secret and was not kept."""

    fingerprint: str
    status_code: int
    headers: dict[str, str]
    body: str | None
    sealed_body: bytes | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """One caller's key on one request; the digest keeps callers and routes apart."""

    organization_id: OrganizationId
    digest: str
    fingerprint: str

    @classmethod
    def of(  # noqa: PLR0913 (what makes two requests one)
        cls, key: str, *, organization_id: OrganizationId, actor_id: str, method: str, path: str, body: str
    ) -> Self:
        """Return the key of a request.

        Raises:
            MalformedRequest: the header is empty, too long, or not printable ASCII (400).
        """
        if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
            detail = f"Idempotency-Key has to be 1 to {MAX_KEY_LENGTH} printable ASCII characters"
            raise MalformedRequest(detail)
        # JSON keeps the parts apart: no two different lists of texts have the same encoding.
        return cls(organization_id, _digest(actor_id, method, path, key), _digest(method, path, body))

    @property
    def place(self) -> SealedPlace:
        """Where the body of the first answer belongs, if it is sealed."""
        return SealedPlace(self.organization_id, KEPT_ANSWER, self.digest, "body")


class IdempotencyRecords:
    """The records of exactly one organization's callers."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant

    def find(self, key: IdempotencyKey, now: datetime) -> StoredAnswer | None:
        """Return the first answer to the key, if it was used within its lifetime."""
        try:
            item = _RecordItem.get(self._pk(key), "RECORD", consistent_read=True)
        except DoesNotExist:
            return None
        answer = _to_answer(item)
        return answer if answer.expires_at > int(now.timestamp()) else None

    def stage(self, key: IdempotencyKey, answer: Mapping[str, Any], *, keep: Keep, now: datetime) -> None:
        """Stage the record of an answer beside what it answers for.

        Args:
            key: the request's key.
            answer: `statusCode`, `headers` and `body` as they go to the client.
            keep: how its body is kept.
            now: the present instant.
        """
        now_s = int(now.timestamp())
        item = _RecordItem(
            self._pk(key),
            "RECORD",
            fingerprint=key.fingerprint,
            status_code=answer["statusCode"],
            headers=json.dumps(answer["headers"]),
            body=answer["body"] if keep is Keep.PLAIN else None,
            sealed_body=_sealed(key, answer["body"]) if keep is Keep.SEALED else None,
            expires_at=now_s + int(LIFETIME.total_seconds()),
        )
        self._tenant.transaction.put(
            item,
            # TTL may remove an expired record days late, so the condition asks for the time itself.
            condition=_RecordItem.pk.does_not_exist() | (_RecordItem.expires_at <= now_s),
            refusal=_already_answered,
            decides_first=True,
        )

    def _pk(self, key: IdempotencyKey) -> str:
        return idempotency_partition(self._tenant.organization_id, key.digest)


def replay(key: IdempotencyKey, stored: StoredAnswer) -> tuple[int, dict[str, str], str]:
    """Return status, headers and body of the first answer.

    Raises:
        IdempotencyKeyReused: the first request was another one (422).
        ReplayRefused: the first answer held a secret (409).
    """
    if stored.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused
    body = stored.body if stored.sealed_body is None else _opened(key, stored.sealed_body)
    if body is None:
        raise ReplayRefused
    return stored.status_code, {**stored.headers, "Idempotency-Replayed": "true"}, body


def _sealed(key: IdempotencyKey, body: str) -> bytes:
    # Only an operation on personal data seals, so only then is the encryption SDK loaded.
    from nexstock.crypto.envelope import seal  # noqa: PLC0415

    return seal(key.place, body.encode())


def _opened(key: IdempotencyKey, sealed_body: bytes) -> str:
    from nexstock.crypto.envelope import open_sealed  # noqa: PLC0415

    return open_sealed(key.place, sealed_body).decode()


def _already_answered(standing: RawItem | None) -> Exception:
    # The condition only fails on a standing record, and DynamoDB returns it (`ALL_OLD`).
    return AlreadyAnswered(_to_answer(_RecordItem.from_raw_data(standing or {})))


def _to_answer(item: _RecordItem) -> StoredAnswer:
    return StoredAnswer(
        fingerprint=item.fingerprint,
        status_code=int(item.status_code),
        headers=json.loads(item.headers),
        body=item.body,
        sealed_body=item.sealed_body,
        expires_at=int(item.expires_at or 0),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
