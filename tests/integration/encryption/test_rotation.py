"""Data keys are replaced in the background: nothing sealed is lost, and nobody's write waits or is repeated."""

from datetime import timedelta
from threading import Event, Thread
from typing import Any

import pytest

from functions.streams import write_audit
from nexstock.clock import utc_now
from nexstock.crypto import data_keys
from nexstock.crypto.data_keys import data_key, newest_data_key
from nexstock.crypto.envelope import CannotOpen, open_sealed, seal
from nexstock.crypto.item_keys import renew
from nexstock.crypto.places import KEPT_ANSWER, SealedPlace
from nexstock.crypto.stored_keys import ItemKeyItem, destroy_data_keys, item_key_address, stored_data_keys
from nexstock.encryption.rotation import KEPT_FOR, SETTLED_AFTER
from nexstock.encryption.states import RotationStates
from nexstock.errors import TemporarilyUnavailable
from nexstock.ids import OrganizationId
from nexstock.persistence.keys import item_keys_partition
from tests.support.api import call
from tests.support.chains import verified_chain
from tests.support.crashes import crash_points
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import records_of, run
from tests.support.rotations import LATER, RotationQueue, looked_at, rotated_and_settled
from tests.support.sealing import a_place, an_organization_id, forget_opened_keys
from tests.support.table_faults import error_answer, instead_of

pytestmark = pytest.mark.usefixtures("platform")

_PERSON = {"name": "Grace Hopper", "email": "grace@example.com", "phone": "+31 20 555 0100"}


def _versions(organization_id: OrganizationId, kind: str = "customer") -> dict[str, bool]:
    """Return the versions of a kind's data key, and which of them are there still."""
    return {item.version: item.is_live for item in stored_data_keys(organization_id) if item.kind == kind}


def _under(organization_id: OrganizationId, kind: str = "customer") -> set[str]:
    """Return the versions that keys of resources are sealed under."""
    items, _ = ItemKeyItem.query_page(item_keys_partition(organization_id, kind), limit=1000)
    return {item.data_key_version for item in items}


def test_a_key_that_is_old_enough_gets_a_successor_and_everything_is_under_that_in_the_end() -> None:
    organization_id, now = an_organization_id(), utc_now()
    places = [a_place(organization_id, "customer") for _ in range(3)]
    sealed = {place: seal(place, place.id.encode()) for place in places}

    looked_at(organization_id, now=now + LATER)

    assert _versions(organization_id) == {"V0001": True, "V0002": True}
    assert _under(organization_id) == {"V0002"}
    for place, ciphertext in sealed.items():
        assert open_sealed(place, ciphertext) == place.id.encode()
        assert open_sealed(place, seal(place, b"another")) == b"another"


def test_a_young_key_stays() -> None:
    organization_id = an_organization_id()
    a_place(organization_id, "customer")
    queue = looked_at(organization_id, now=utc_now() + timedelta(days=1))
    assert _versions(organization_id) == {"V0001": True}
    assert queue.handled == 1


def test_looking_twice_makes_one_successor() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    a_place(organization_id, "customer")
    for _ in range(2):
        looked_at(organization_id, now=now)
    assert _versions(organization_id) == {"V0001": True, "V0002": True}


def test_nothing_is_sealed_anew_before_every_container_knows_the_successor() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    a_place(organization_id, "customer")
    queue = RotationQueue(now)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.step()
    ((at, _message),) = queue.waiting
    assert now + SETTLED_AFTER <= at < now + SETTLED_AFTER + timedelta(seconds=1)


def test_what_a_container_seals_that_does_not_know_the_successor_yet_comes_under_it_as_well() -> None:
    organization_id = an_organization_id()
    a_place(organization_id, "customer")
    known = newest_data_key(organization_id, "customer")
    queue = RotationQueue(utc_now() + LATER)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.step()

    data_keys._opened.put((organization_id, "customer", "newest"), known)  # noqa: SLF001 (what such a container has)
    late = a_place(organization_id, "customer")
    ciphertext = seal(late, b"a secret")
    assert _under(organization_id) == {"V0001"}

    queue.drain()
    assert _under(organization_id) == {"V0002"}
    forget_opened_keys()
    assert open_sealed(late, ciphertext) == b"a secret"


def test_a_version_is_destroyed_once_nothing_can_be_under_it_any_more_and_not_before() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    place = a_place(organization_id, "customer")
    ciphertext = seal(place, b"a secret")

    looked_at(organization_id, now=now)
    looked_at(organization_id, now=now + KEPT_FOR - timedelta(hours=1))
    assert _versions(organization_id) == {"V0001": True, "V0002": True}

    looked_at(organization_id, now=now + KEPT_FOR + timedelta(hours=1))
    assert _versions(organization_id) == {"V0001": False, "V0002": True}
    forget_opened_keys()
    assert open_sealed(place, ciphertext) == b"a secret"


def test_answers_of_a_day_open_after_a_rotation_for_as_long_as_they_are_kept() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    answer = SealedPlace(organization_id, KEPT_ANSWER, "0" * 64, "body")
    ciphertext = seal(answer, b"the first answer")
    looked_at(organization_id, now=now)
    forget_opened_keys()
    assert open_sealed(answer, ciphertext) == b"the first answer"
    rotated_and_settled(organization_id, now=now)
    forget_opened_keys()
    with pytest.raises(CannotOpen):
        open_sealed(answer, ciphertext)


def test_three_rotations_lose_nothing() -> None:
    organization_id, now = an_organization_id(), utc_now()
    place = a_place(organization_id, "customer")
    ciphertext = seal(place, b"a secret")
    for _ in range(3):
        now = rotated_and_settled(organization_id, now=now + LATER)
        forget_opened_keys()
        assert open_sealed(place, ciphertext) == b"a secret"
    assert _versions(organization_id) == {"V0001": False, "V0002": False, "V0003": False, "V0004": True}


def test_a_table_that_is_restored_from_before_a_rotation_still_opens() -> None:
    organization_id = an_organization_id()
    place = a_place(organization_id, "customer")
    backup = seal(place, b"as it was")
    seal(place, b"as it became")
    rotated_and_settled(organization_id, now=utc_now() + LATER)
    forget_opened_keys()
    assert open_sealed(place, backup) == b"as it was"


def test_a_key_of_a_resource_that_was_altered_holds_up_no_other_and_keeps_its_version_alive() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    damaged, fine = (a_place(organization_id, "customer") for _ in range(2))
    model, pk, sk = item_key_address(damaged)
    model(pk, sk).update([ItemKeyItem.sealed.set(b"no message of ours")])
    rotated_and_settled(organization_id, now=now)
    assert _under(organization_id) == {"V0001", "V0002"}
    assert _versions(organization_id) == {"V0001": True, "V0002": True}
    assert RotationStates.of(organization_id).passes["customer"].stuck == 1
    assert open_sealed(fine, seal(fine, b"another")) == b"another"


def test_a_key_that_is_destroyed_while_it_is_sealed_anew_does_not_come_back() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    place = a_place(organization_id, "customer")
    queue = RotationQueue(now)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.step()
    model, pk, sk = item_key_address(place)
    read = model.get(pk, sk, consistent_read=True)
    model(pk, sk).update([ItemKeyItem.sealed.remove(), ItemKeyItem.destroyed_at.set(now)])

    assert not renew(organization_id, "customer", read, under=data_key(organization_id, "customer", "V0002"))

    assert model.get(pk, sk, consistent_read=True).sealed is None


def test_keys_of_an_organization_that_was_deleted_get_no_successor() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    a_place(organization_id, "customer")
    queue = RotationQueue(now)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.step()
    destroy_data_keys(stored_data_keys(organization_id), now)
    queue.drain()
    looked_at(organization_id, now=now + LATER)
    assert _versions(organization_id) == {"V0001": False, "V0002": False}


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _made(organization: StaffedOrganization, path: str, body: dict[str, Any]) -> str:
    reply = call("POST", path, token=organization.owner.token, body=body)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def test_a_rotation_is_in_no_audit_log_and_no_webhook_and_changes_no_version(
    organization: StaffedOrganization,
) -> None:
    customer = _made(organization, "/v1/customers", _PERSON)
    _made(organization, "/v1/webhook-endpoints", {"url": "http://127.0.0.1:1/", "events": ["*"]})
    location = f"/v1/customers/{customer}"
    before, written = call("GET", location, token=organization.owner.token), len(records_of(organization.id))

    rotated_and_settled(organization.id, now=utc_now() + LATER)

    # Not a record in the table's stream, from which the audit log and all webhooks come.
    assert len(records_of(organization.id)) == written
    after = call("GET", location, token=organization.owner.token)
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])


def test_users_who_write_during_rotations_lose_nothing_and_meet_no_conflict(
    organization: StaffedOrganization,
) -> None:
    token, ended = organization.owner.token, Event()
    customers = [_made(organization, "/v1/customers", {**_PERSON, "phone": "0"}) for _ in range(3)]
    last: dict[str, str] = dict.fromkeys(customers, "0")
    refused: list[str] = []

    def write() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            for customer in customers[:3]:
                reply = call("PATCH", f"/v1/customers/{customer}", token=token, body={"phone": str(number)})
                if reply.status != 200:
                    refused.append(reply.text)
                last[customer] = str(number)
            made = call("POST", "/v1/customers", token=token, body={**_PERSON, "phone": f"new {number}"})
            if made.status == 201:
                last[made.json["id"]] = f"new {number}"
            else:
                refused.append(made.text)

    writer = Thread(target=write)
    writer.start()
    now = utc_now()
    try:
        for _ in range(2):
            now += LATER
            looked_at(organization.id, now=now)
    finally:
        ended.set()
        writer.join()
    forget_opened_keys()
    assert refused == []
    found = {each: call("GET", f"/v1/customers/{each}", token=token).json["phone"] for each in last}
    assert found == last


def test_a_rotation_that_ends_before_or_after_any_call_is_taken_up_again() -> None:
    crashes = 0
    for point in crash_points():
        organization_id, now = an_organization_id(), utc_now() + LATER
        place = a_place(organization_id, "customer")
        ciphertext = seal(place, b"a secret")
        queue = RotationQueue(now)
        queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
        with point:
            queue.drain()
        crashes += point.happened
        # What was being handled comes again; what was lost with the container, the next days take up.
        queue.drain()
        rotated_and_settled(organization_id, now=now + timedelta(days=1))
        assert _under(organization_id) == {"V0002"}, point
        assert _versions(organization_id) == {"V0001": False, "V0002": True}, point
        forget_opened_keys()
        assert open_sealed(place, ciphertext) == b"a secret", point
    assert crashes >= 2 * 12


@pytest.mark.parametrize("operation", ["Decrypt", "GenerateDataKeyWithoutPlaintext"])
def test_a_kms_that_throttles_makes_a_rotation_wait_and_nothing_else(operation: str) -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    place = a_place(organization_id, "customer")
    ciphertext = seal(place, b"a secret")
    queue = RotationQueue(now)
    queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    throttled = instead_of(operation, lambda request: error_answer(request, "ThrottlingException"), service="kms")
    with throttled, pytest.raises(TemporarilyUnavailable):
        queue.drain()
    queue.drain()
    assert _under(organization_id) == {"V0002"}
    forget_opened_keys()
    assert open_sealed(place, ciphertext) == b"a secret"


def test_a_rotation_goes_on_from_message_to_message_and_counts_what_it_saw(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nexstock.encryption.rotation._KEYS_AT_ONCE", 2)
    monkeypatch.setattr("nexstock.encryption.rotation._PAGES_AT_ONCE", 1)
    organization_id = an_organization_id()
    for _ in range(5):
        a_place(organization_id, "customer")
    queue = looked_at(organization_id, now=utc_now() + LATER)
    done = RotationStates.of(organization_id).passes["customer"]
    assert (done.version, done.total, done.seen, done.renewed, done.stuck) == ("V0002", 5, 5, 5, 0)
    assert queue.handled == 1 + 3


def test_messages_that_come_twice_do_no_harm() -> None:
    organization_id, now = an_organization_id(), utc_now() + LATER
    place = a_place(organization_id, "customer")
    ciphertext = seal(place, b"a secret")
    queue = RotationQueue(now)
    for _ in range(2):
        queue.send("DATA_KEY_ROTATIONS", {"organizationId": organization_id})
    queue.step()
    queue.waiting *= 2
    queue.drain()
    assert _versions(organization_id) == {"V0001": True, "V0002": True}
    assert open_sealed(place, ciphertext) == b"a secret"


def test_who_asks_gets_new_keys_at_once_and_the_audit_log_says_so(organization: StaffedOrganization) -> None:
    _made(organization, "/v1/customers", _PERSON)
    reply = call("POST", "/v1/encryption/rotate", token=organization.owner.token)
    assert reply.status == 202
    again = call("POST", "/v1/encryption/rotate", token=organization.owner.token)
    assert (again.status, again.json["code"]) == (409, "rotation_running")

    looked_at(organization.id, now=utc_now())

    assert _versions(organization.id) == {"V0001": True, "V0002": True}
    assert _under(organization.id) == {"V0002"}
    run(write_audit.handler, records_of(organization.id))
    actions = [entry["action"] for entry in verified_chain(organization.id)]
    assert actions.count("encryption_keys.rotation_requested") == 1
    assert call("POST", "/v1/encryption/rotate", token=organization.owner.token).status == 202
