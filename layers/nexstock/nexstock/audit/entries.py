"""From a change to an audit entry: who, when, from where, what."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from nexstock.changes import Change, Image
from nexstock.clock import from_rfc3339
from nexstock.ids import AuditEntryId, encode_ulid
from nexstock.persistence.indexes import Index
from nexstock.persistence.keys import Kind

_NOT_THE_RESOURCE: Final = frozenset(
    {"PK", "SK", "kind", "version", "createdAt", "updatedAt", "changedBy", "expiresAt", "event", "emailIndex", "untold"}
    | {"broughtBack", *(f"{index}{part}" for index in Index for part in ("PK", "SK"))}
)
"""Attributes that serve storage, or that the entry says in its own words."""

_ABSENT: Final = object()
EPOCH: Final = "1970-01-01T00:00:00.000Z"
"""The time of a change that does not say when it was made."""

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditFacts:
    """What an entry says, before it has a place in the chain; JSON values only."""

    id: AuditEntryId
    action: str
    resource: Json
    actor: Json
    ip: str
    user_agent: str
    request_id: str
    at: str
    diff: list[Json]


def facts_of(change: Change) -> AuditFacts:
    """Return what is recorded of a change.

    The same change gives the same facts, id included, however often it is delivered.
    """
    by = _plain({"M": (change.after or {}).get("changedBy", {"M": {}})["M"]})
    at = by.get("at", EPOCH)
    return AuditFacts(
        id=_entry_id(change, at),
        action=change.event_type,
        resource=_resource_of(change),
        # Nothing of ours removes items; whatever did was not a caller.
        actor={
            "type": by.get("type", "system"),
            "id": by.get("id", "storage"),
            "name": by.get("name", "storage"),
        },
        ip=by.get("ip", ""),
        user_agent=by.get("userAgent", ""),
        request_id=by.get("requestId", ""),
        at=at,
        diff=list(_diff("", *_states(change))),
    )


def reconciled_facts(change: Change, version: int) -> AuditFacts:
    """Return what can still be said of a version whose own record was lost, given the present one.

    Of the present version that is who made it and what it left; of one before, that it was, and no later than `at`.
    """
    facts = facts_of(change)
    known: Json = {"reconciledVersion": version}
    if version == change.version:
        known |= {"changedBy": facts.actor, **_states(change)[1]}
    system = {"type": "system", "id": "reconciliation", "name": "reconciliation"}
    return replace(
        facts,
        id=_id_at(facts.at, version_digest(change, version)),
        action=f"{change.kind.resource}.reconciled",
        actor=system,
        ip="",
        user_agent="",
        request_id="",
        diff=list(_diff("", {}, known)),
    )


def version_digest(change: Change, version: int) -> int:
    """Return the part of an entry's id that tells whose version it is of, whenever that was made."""
    return _digest(change, change.id_of_version(version))


def _entry_id(change: Change, at: str) -> AuditEntryId:
    return _id_at(at, _digest(change, change.id))


def _digest(change: Change, identity: str) -> int:
    digest = hashlib.sha256(f"{change.organization_id}#{identity}".encode()).digest()
    return int.from_bytes(digest[:10], "big")


def _id_at(at: str, digest: int) -> AuditEntryId:
    milliseconds = int(from_rfc3339(at).timestamp() * 1000)
    return AuditEntryId("aud_" + encode_ulid((milliseconds << 80) | digest))


def _resource_of(change: Change) -> Json:
    """Return what an entry is about: the item that changed, or what a security event tells of."""
    if change.kind is not Kind.SECURITY_EVENT or change.after is None:
        return {"kind": change.kind.resource, "id": change.resource_id}
    return {"kind": change.after["aboutKind"]["S"], "id": change.after["aboutId"]["S"]}


def _states(change: Change) -> tuple[Json, Json]:
    """Return what was and what is of a resource; of a security event, what there is to say of it."""
    if change.kind is Kind.SECURITY_EVENT:
        return {}, _resource(change.after)["details"]
    return _resource(change.before), _resource(change.after)


def _resource(image: Image | None) -> Json:
    return {name: _plain(value) for name, value in (image or {}).items() if name not in _NOT_THE_RESOURCE}


def _diff(path: str, before: Any, after: Any) -> Iterator[Json]:  # noqa: ANN401 (any JSON value)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in sorted(before.keys() | after.keys()):
            pointer = f"{path}/{name.replace('~', '~0').replace('/', '~1')}"
            yield from _diff(pointer, before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif before != after:
        yield {
            "path": path,
            "before": None if before is _ABSENT else before,
            "after": None if after is _ABSENT else after,
        }


def _plain(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 (any JSON value)
    ((kind, content),) = value.items()
    match kind:
        case "S" | "BOOL":
            return content
        case "NULL":
            return None
        case "N":
            number = Decimal(content)
            # RFC 8785 knows doubles only, so what is no integer is kept as exact text.
            return int(number) if number == number.to_integral_value() else format(number.normalize(), "f")
        case "M":
            return {name: _plain(inner) for name, inner in content.items()}
        case "L":
            return [_plain(inner) for inner in content]
        case "B":
            return f"sealed:{hashlib.sha256(_bytes(content)).hexdigest()}"
    message = f"attributes of type {kind} are not ours"
    raise ValueError(message)


def _bytes(content: str | bytes) -> bytes:
    return base64.b64decode(content) if isinstance(content, str) else content
