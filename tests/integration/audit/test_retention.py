"""Retention of the audit log: decided when an entry is written, held by TTL, and seen at once by whoever reads."""

from datetime import timedelta
from typing import Final

import boto3
import pytest

from nexstock.audit.repository import AuditRepository
from nexstock.audit.retention import retention_of
from nexstock.auth.principals import system_tenant
from nexstock.clock import utc_now
from nexstock.errors import NotFound
from nexstock.ids import OrganizationId, new_id
from nexstock.organizations.model import SHORTEST_AUDIT_RETENTION
from tests.support.api import call
from tests.support.audited import found, numbers_of, some_facts, write
from tests.support.environment import table_name
from tests.support.people import StaffedOrganization, an_organization

_DAY: Final = timedelta(days=1)


def _keep_for(organization: StaffedOrganization, days: object) -> int:
    body = {"auditRetentionDays": days}
    return call("PATCH", "/v1/organization", token=organization.admin.token, body=body).status


def _ends(organization_id: OrganizationId) -> dict[str, float | None]:
    """Return when TTL removes each item of a log, by the first part of its sort key."""
    items = boto3.client("dynamodb").query(
        TableName=table_name("audit"),
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}},
    )["Items"]
    return {
        item["SK"]["S"].partition("#")[0]: float(item["expiresAt"]["N"]) if "expiresAt" in item else None
        for item in items
    }


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.parametrize("days", [364, 0, -1, 3654, 365.5, "365", None])
def test_log_is_kept_for_a_year_at_least_and_ten_at_most(organization: StaffedOrganization, days: object) -> None:
    assert _keep_for(organization, days) == 422
    assert call("GET", "/v1/organization", token=organization.member.token).json["auditRetentionDays"] == 365


@pytest.mark.parametrize("days", [None, 365, 1000])
def test_entry_ends_when_its_organization_wants_and_the_head_never_does(
    organization: StaffedOrganization, days: int | None
) -> None:
    assert days is None or _keep_for(organization, days) == 200
    write(organization.id, some_facts(1))

    ends = _ends(organization.id)

    wanted = (utc_now() + (days or 365) * _DAY).timestamp()
    assert set(ends) == {"ENTRY", "ID", "HEAD"}
    assert ends["HEAD"] is None
    assert ends["ENTRY"] == ends["ID"] == pytest.approx(wanted, abs=60)


def test_entries_past_their_retention_are_shown_nowhere_though_ttl_is_late(organization: StaffedOrganization) -> None:
    log = AuditRepository(system_tenant(organization.id, "test"))
    write(organization.id, some_facts(1), some_facts(2), clock=lambda: utc_now() - 366 * _DAY)
    write(organization.id, some_facts(3), clock=lambda: utc_now() - 364 * _DAY)

    assert numbers_of(found(organization)) == numbers_of(found(organization, limit=1)) == [3]
    assert numbers_of(found(organization, {"resource": "product"})) == [3]
    assert numbers_of(found(organization, {"since": "2000-01-01T00:00:00Z"})) == [3]
    with pytest.raises(NotFound):
        log.get(some_facts(2).id)
    (kept,) = found(organization)
    assert (kept["sequence"], log.head().sequence, log.get(some_facts(3).id).hash) == (3, 3, kept["hash"])


def test_retention_is_read_once_a_minute(organization: StaffedOrganization) -> None:
    assert retention_of(organization.id, monotonic=lambda: 0) == 365 * _DAY
    assert _keep_for(organization, 500) == 200

    assert retention_of(organization.id, monotonic=lambda: 59) == 365 * _DAY
    assert retention_of(organization.id, monotonic=lambda: 60) == 500 * _DAY


def test_log_of_an_organization_that_is_gone_is_kept_as_shortly_as_any() -> None:
    assert retention_of(OrganizationId(new_id("org", utc_now()))) == SHORTEST_AUDIT_RETENTION
