"""Changing a key: what changes counts from the next request on, and is a change like any other."""

from datetime import timedelta
from typing import Any

import pytest

from functions.streams import fan_out_webhooks, write_audit
from nexstock.auth.gate import Unauthorized
from nexstock.auth.permissions import Role
from nexstock.clock import to_rfc3339, utc_now
from tests.integration.api_keys.support import create, judged, patch, rotate, shown, status_with
from tests.support.api import call
from tests.support.people import StaffedOrganization, add_person, an_organization, remove_member
from tests.support.records import records_of, run


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.asvs("8.3.2")
def test_disabled_key_is_refused_at_once_and_good_again_when_enabled(organization: StaffedOrganization) -> None:
    reply = create(organization)
    key, location = reply.json["key"], reply.headers["Location"]
    assert (reply.json["enabled"], status_with(key)) == (True, 200)

    disabled = patch(organization, location, enabled=False)

    assert (disabled.status, disabled.json["enabled"], disabled.headers["ETag"]) == (200, False, '"2"')
    assert status_with(key) == 401
    assert shown(organization, location)["enabled"] is False
    assert patch(organization, location, enabled=True).status == 200
    assert status_with(key) == 200


def test_end_of_a_key_can_be_moved_and_removed(organization: StaffedOrganization) -> None:
    now = utc_now()
    reply = create(organization, expiresAt=to_rfc3339(now + timedelta(days=9)))
    key, location = reply.json["key"], reply.headers["Location"]
    sooner = now + timedelta(hours=1)

    assert patch(organization, location, expiresAt=to_rfc3339(sooner)).json["expiresAt"] == to_rfc3339(sooner)
    with pytest.raises(Unauthorized):
        judged(key, sooner + timedelta(seconds=1))
    assert patch(organization, location, expiresAt=None).json["expiresAt"] is None
    assert judged(key, sooner + timedelta(days=4000)).organization_id == organization.id


def test_narrowing_can_be_changed_both_ways(organization: StaffedOrganization) -> None:
    reply = create(organization, scope="admin")
    key, location = reply.json["key"], reply.headers["Location"]

    assert patch(organization, location, resources=["audit_logs"]).json["resources"] == ["audit_logs"]
    assert status_with(key) == 403
    assert patch(organization, location, resources=None).json["resources"] is None
    assert status_with(key) == 200
    assert patch(organization, location, allowedIps=["198.51.100.0/24"]).json["allowedIps"] == ["198.51.100.0/24"]
    assert (status_with(key), status_with(key, ip="198.51.100.3")) == (403, 200)
    assert patch(organization, location, allowedIps=None).json["allowedIps"] is None
    assert status_with(key) == 200


def test_new_name_is_what_the_audit_log_and_the_next_request_say(organization: StaffedOrganization) -> None:
    reply = create(organization)

    assert patch(organization, reply.headers["Location"], name=" Till ").json["name"] == "Till"
    assert judged(reply.json["key"], utc_now()).actor.name == "Till"


def test_change_of_another_version_is_refused(organization: StaffedOrganization) -> None:
    location = create(organization).headers["Location"]

    assert patch(organization, location, {"If-Match": '"2"'}, name="Till").status == 412
    assert patch(organization, location, {"If-Match": '"1"'}, name="Till").headers["ETag"] == '"2"'


def test_change_that_changes_nothing_makes_no_version(organization: StaffedOrganization) -> None:
    reply = create(organization, allowedIps=["203.0.113.7"], resources=["products"])

    same = patch(organization, reply.headers["Location"], allowedIps=["203.0.113.7/32"], resources=["products"])

    assert (same.status, same.json["version"]) == (200, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "admin"},
        {"name": None},
        {"enabled": None},
        {"enabled": "false"},
        {"expiresAt": "2020-01-01T00:00:00Z"},
        {"prefix": "nxs_live_00000000"},
        {"createdBy": "usr_1"},
        {"lastUsedAt": "2026-01-01T00:00:00Z"},
    ],
    ids=str,
)
def test_change_outside_the_contract_is_refused(organization: StaffedOrganization, fields: dict[str, Any]) -> None:
    reply = create(organization)

    assert patch(organization, reply.headers["Location"], **fields).status == 422
    assert shown(organization, reply.headers["Location"])["version"] == 1


def test_revoked_and_foreign_keys_cannot_be_changed(organization: StaffedOrganization) -> None:
    foreign = create(an_organization()).headers["Location"]
    revoked = create(organization).headers["Location"]
    call("DELETE", revoked, token=organization.owner.token)

    for location in (foreign, revoked):
        assert patch(organization, location, enabled=True).status == 404
        assert rotate(organization, location).status == 404


@pytest.mark.asvs("7.4.2")
def test_key_of_a_removed_creator_is_refused_at_once(organization: StaffedOrganization) -> None:
    creator = add_person(organization, Role.ADMIN)
    key = create(organization, token=creator.token).json["key"]
    assert status_with(key) == 200

    remove_member(organization, creator)

    assert status_with(key) == 401


def test_changes_and_rotations_are_told_as_what_they_are(organization: StaffedOrganization) -> None:
    endpoint = {"url": "http://127.0.0.1:1/", "events": ["api_key.*"]}
    assert call("POST", "/v1/webhook-endpoints", token=organization.owner.token, body=endpoint).status == 201
    location = create(organization).headers["Location"]
    patch(organization, location, enabled=False)
    rotated = rotate(organization, location).json
    key_id = rotated["id"]

    records = [each for each in records_of(organization.id) if each["dynamodb"]["Keys"]["SK"]["S"] == key_id]
    assert (run(write_audit.handler, records), run(fan_out_webhooks.handler, records)) == ([], [])

    query = {"resource": "api_key", "resourceId": key_id}
    entries = call("GET", "/v1/audit-logs", token=organization.owner.token).json["items"]
    told = [entry for entry in reversed(entries) if entry["resource"]["id"] == query["resourceId"]]
    assert [entry["action"] for entry in told] == ["api_key.created", "api_key.updated", "api_key.rotated"]
    assert told[1]["diff"] == [{"path": "/enabled", "before": True, "after": False}]
    assert {change["path"] for change in told[2]["diff"]} == {"/rotatedAt", "/previousEndsAt"}
    assert rotated["key"] not in str(told)
