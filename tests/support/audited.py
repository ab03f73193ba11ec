"""Audit logs with entries of one's choice, written as the stream's consumer writes them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from nexstock.audit.entries import AuditFacts, Json
from nexstock.audit.repository import AuditRepository
from nexstock.auth.principals import system_tenant
from nexstock.aws import client
from nexstock.clock import Clock, to_rfc3339, utc_now
from nexstock.ids import AuditEntryId, OrganizationId, encode_ulid
from tests.support.api import call
from tests.support.environment import table_name
from tests.support.people import StaffedOrganization

NOON: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)


def some_facts(number: int, *, minutes: int | None = None, **given: Any) -> AuditFacts:  # noqa: ANN401 (its fields)
    """Return facts that differ by their number; their change was so many minutes after noon, by default as many."""
    at = NOON + timedelta(minutes=number if minutes is None else minutes)
    digest = int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:10], "big")
    facts = AuditFacts(
        id=AuditEntryId("aud_" + encode_ulid((int(at.timestamp() * 1000) << 80) | digest)),
        action="product.updated",
        resource={"kind": "product", "id": f"prd_{number}"},
        actor={"type": "user", "id": "usr_pat", "name": "Pat"},
        ip="203.0.113.7",
        user_agent="tests/1",
        request_id=f"request-{number}",
        at=to_rfc3339(at),
        diff=[{"path": "/name", "before": None, "after": f"Thing {number}"}],
    )
    return replace(facts, **given)


def write(organization_id: OrganizationId, *facts: AuditFacts, clock: Clock = utc_now) -> None:
    """Append entries to an organization's log."""
    log = AuditRepository(system_tenant(organization_id, "test"), clock=clock)
    for each in facts:
        log.append(each)


def record_of(organization_id: OrganizationId, sequence: int) -> dict[str, Any]:
    """Return the record of an entry that was put, as the audit table's stream hands it to Lambda."""
    place = {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"ENTRY#{sequence:012d}"}}
    image = client("dynamodb").get_item(TableName=table_name("audit"), Key=place, ConsistentRead=True)["Item"]
    change = {"Keys": place, "SequenceNumber": f"{sequence}0", "StreamViewType": "NEW_IMAGE", "NewImage": image}
    return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": change}


def found(
    organization: StaffedOrganization, query: Mapping[str, str] = MappingProxyType({}), *, limit: int = 100
) -> list[Json]:
    """Return what a filter finds, over all pages."""
    entries: list[Json] = []
    cursor: str | None = None
    while True:
        asked = {**query, "limit": str(limit), **({"cursor": cursor} if cursor else {})}
        reply = call("GET", "/v1/audit-logs", token=organization.owner.token, query=asked)
        assert reply.status == 200, reply.text
        entries += reply.json["items"]
        if (cursor := reply.json["next"]) is None:
            return entries


def numbers_of(entries: Sequence[Json]) -> list[int]:
    """Return the numbers of the facts that entries were made of."""
    return [int(entry["requestId"].removeprefix("request-")) for entry in entries]
