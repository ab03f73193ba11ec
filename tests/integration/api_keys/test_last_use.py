"""The last use of a key: noted once a minute, by one write, without ever standing in a request's way."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from nexstock.clock import to_rfc3339, utc_now
from tests.integration.api_keys.support import create, judged, patch, rotate, shown, status_with
from tests.support.api import call
from tests.support.calls import recorded_calls
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of
from tests.support.table_faults import error_answer, instead_of


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def test_use_is_shown_with_its_time_and_address(organization: StaffedOrganization) -> None:
    made = create(organization)
    key, location = made.json["key"], made.headers["Location"]
    now = utc_now()
    assert (made.json["lastUsedAt"], made.json["lastUsedIp"]) == (None, None)

    judged(key, now, ip="2001:db8::5")

    (listed,) = [
        each
        for each in call("GET", "/v1/api-keys", token=organization.owner.token).json["items"]
        if each["id"] == made.json["id"]
    ]
    assert listed == shown(organization, location)
    assert (listed["lastUsedAt"], listed["lastUsedIp"], listed["version"]) == (to_rfc3339(now), "2001:db8::5", 1)


def test_uses_within_the_minute_cost_no_write(organization: StaffedOrganization) -> None:
    key, now = create(organization).json["key"], utc_now()
    costs = []

    for after_s in (0, 1, 30, 59.9, 60, 61, 121):
        with recorded_calls() as recording:
            judged(key, now + timedelta(seconds=after_s))
        costs.append(recording.write_units)

    # Two buckets are counted in any case; each note is one more.
    assert costs == [3, 2, 2, 2, 3, 2, 3]


def test_parallel_uses_are_noted_once(organization: StaffedOrganization) -> None:
    key, now = create(organization).json["key"], utc_now()

    with recorded_calls() as recording, ThreadPoolExecutor(8) as pool:
        ips = [f"203.0.113.{number}" for number in range(8)]
        list(pool.map(lambda ip: judged(key, now, ip=ip), ips))

    # A refused note has no units: what remains are two tokens for each request, and one note.
    assert recording.write_units == 2 * len(ips) + 1
    made = call("GET", "/v1/api-keys", token=organization.owner.token).json["items"][0]
    assert made["lastUsedIp"] in ips
    assert made["lastUsedAt"] == to_rfc3339(now)


def test_use_makes_no_version_no_audit_entry_and_no_webhook(organization: StaffedOrganization) -> None:
    made = create(organization)
    before = records_of(organization.id)

    assert status_with(made.json["key"]) == 200

    assert records_of(organization.id) == before


@pytest.mark.parametrize(
    "code", ["ProvisionedThroughputExceededException", "TransactionConflictException", "AccessDeniedException"]
)
def test_note_that_fails_refuses_no_request(organization: StaffedOrganization, code: str) -> None:
    made = create(organization)

    with logged() as log, _notes_failing(code):
        assert status_with(made.json["key"]) == 200

    assert "use of a key not noted" in log.text
    assert made.json["key"] not in log.text
    assert shown(organization, made.headers["Location"])["lastUsedAt"] is None
    assert status_with(made.json["key"]) == 200
    assert shown(organization, made.headers["Location"])["lastUsedAt"] is not None


def _notes_failing(code: str) -> AbstractContextManager[None]:
    return instead_of(
        "UpdateItem", lambda request: error_answer(request, code) if b"lastUsedAt" in request.body else None
    )


def test_change_and_rotation_keep_the_last_use(organization: StaffedOrganization) -> None:
    made = create(organization)
    status_with(made.json["key"])
    used_at = shown(organization, made.headers["Location"])["lastUsedAt"]
    assert used_at is not None

    assert patch(organization, made.headers["Location"], name="Till").json["lastUsedAt"] == used_at
    assert rotate(organization, made.headers["Location"]).json["lastUsedAt"] == used_at
