"""Rotation: a new text at once, the old one for its grace, never a third."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from nexstock.auth.gate import Unauthorized
from nexstock.clock import from_rfc3339, utc_now
from tests.integration.api_keys.support import create, judged, patch, rotate, shown, status_with
from tests.support.api import call
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


@pytest.mark.asvs("13.3.4")
def test_old_text_is_good_until_its_grace_ends(organization: StaffedOrganization) -> None:
    made = create(organization)
    old, location = made.json["key"], made.headers["Location"]

    reply = rotate(organization, location, gracePeriodS=3600)

    new, ends_at = reply.json["key"], from_rfc3339(reply.json["previousExpiresAt"])
    assert (reply.status, reply.headers["ETag"], reply.json["id"]) == (200, '"2"', made.json["id"])
    assert abs(ends_at - utc_now() - timedelta(hours=1)) < timedelta(minutes=1)
    assert (status_with(old), status_with(new)) == (200, 200)
    assert new != old
    assert judged(old, ends_at - timedelta(seconds=1)).actor.id == made.json["id"]
    with pytest.raises(Unauthorized):
        judged(old, ends_at)
    assert judged(new, ends_at + timedelta(days=999)).actor.id == made.json["id"]


def test_new_text_is_shown_once(organization: StaffedOrganization) -> None:
    location = create(organization).headers["Location"]

    with logged() as log:
        reply = rotate(organization, location)

    without_key = {name: value for name, value in reply.json.items() if name != "key"}
    assert shown(organization, location) == without_key
    assert reply.json["key"] not in log.text


def test_grace_is_a_day_unless_told_otherwise(organization: StaffedOrganization) -> None:
    reply = rotate(organization, create(organization).headers["Location"])

    grace = from_rfc3339(reply.json["previousExpiresAt"]) - from_rfc3339(reply.json["rotatedAt"])
    assert grace == timedelta(hours=24)


def test_rotation_without_grace_ends_the_old_text_at_once(organization: StaffedOrganization) -> None:
    made = create(organization)

    reply = rotate(organization, made.headers["Location"], gracePeriodS=0)

    assert (status_with(made.json["key"]), status_with(reply.json["key"])) == (401, 200)


def test_second_rotation_within_the_grace_ends_the_oldest_text(organization: StaffedOrganization) -> None:
    made = create(organization)
    first, second = (rotate(organization, made.headers["Location"]).json["key"] for _ in range(2))

    assert [status_with(key) for key in (made.json["key"], first, second)] == [401, 200, 200]


@pytest.mark.parametrize("grace", [-1, 604801, 1.5, "60", None, True])
def test_grace_outside_the_contract_is_refused(organization: StaffedOrganization, grace: Any) -> None:  # noqa: ANN401
    made = create(organization)

    assert rotate(organization, made.headers["Location"], gracePeriodS=grace).status == 422
    assert shown(organization, made.headers["Location"])["version"] == 1
    assert status_with(made.json["key"]) == 200


def test_longest_grace_is_seven_days(organization: StaffedOrganization) -> None:
    assert rotate(organization, create(organization).headers["Location"], gracePeriodS=604800).status == 200


def test_grace_outlives_neither_the_end_nor_the_disabling_of_the_key(organization: StaffedOrganization) -> None:
    made = create(organization)
    old, location = made.json["key"], made.headers["Location"]
    new = rotate(organization, location).json["key"]
    ends_at = utc_now() + timedelta(minutes=1)
    patch(organization, location, expiresAt=ends_at.isoformat())

    for key in (old, new):
        with pytest.raises(Unauthorized):
            judged(key, ends_at)
    patch(organization, location, enabled=False)
    assert (status_with(old), status_with(new)) == (401, 401)
    patch(organization, location, enabled=True)
    call("DELETE", location, token=organization.owner.token)
    assert (status_with(old), status_with(new)) == (401, 401)


def test_repeated_rotation_is_done_once_and_shows_no_second_text(organization: StaffedOrganization) -> None:
    made = create(organization)
    headers = {"Idempotency-Key": "rotate-1"}
    path = f"{made.headers['Location']}/rotate"

    first, again = (call("POST", path, token=organization.owner.token, body={}, headers=headers) for _ in range(2))

    assert (first.status, again.status, again.json["code"]) == (200, 409, "answer_shown_once")
    assert shown(organization, made.headers["Location"])["version"] == 2
    assert [status_with(key) for key in (made.json["key"], first.json["key"])] == [200, 200]


def test_parallel_rotations_leave_the_newest_two_texts(organization: StaffedOrganization) -> None:
    made = create(organization)

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: rotate(organization, made.headers["Location"]), range(4)))

    rotated = sorted((reply for reply in replies if reply.status == 200), key=lambda reply: reply.json["version"])
    assert {reply.status for reply in replies} <= {200, 409}
    assert [reply.json["version"] for reply in rotated] == list(range(2, 2 + len(rotated)))
    texts = [made.json["key"], *(reply.json["key"] for reply in rotated)]
    assert [status_with(key) for key in texts] == [401] * (len(texts) - 2) + [200, 200]


def test_key_may_rotate_itself(organization: StaffedOrganization) -> None:
    made = create(organization, scope="admin")

    reply = call("POST", f"{made.headers['Location']}/rotate", token=made.json["key"], body={"gracePeriodS": 0})

    assert (reply.status, status_with(made.json["key"]), status_with(reply.json["key"])) == (200, 401, 200)
