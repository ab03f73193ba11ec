"""After a new secret of the blind index, customers are indexed anew, and found by their address at every moment."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.queues import reindex_customers
from functions.streams import fan_out_webhooks, write_audit
from nexstock.clock import utc_now
from nexstock.crypto import rotation_progress
from nexstock.crypto.stored_secrets import Purpose
from nexstock.customers.reindexing import APART, Step, reindex, take_next_step
from nexstock.customers.repository import CustomerItem, CustomerRepository
from nexstock.errors import TemporarilyUnavailable
from nexstock.organizations.repository import SHARDS
from nexstock.persistence.keys import Kind, tenant_partition
from nexstock.persistence.versions import FIRST_VERSION
from nexstock.platform_rotation import Round, rotate_platform_secrets
from tests.support.api import call
from tests.support.crashes import crash_points
from tests.support.events import Context
from tests.support.logs import logged
from tests.support.people import StaffedOrganization, an_organization
from tests.support.platform_secrets import SECOND_VERSION, add_version, own_versions, versions
from tests.support.records import records_of, run
from tests.support.sealing import forget_opened_keys
from tests.support.table_faults import instead_of
from tests.support.webhooks import Queues, an_endpoint, messages_of, queue_event

_PURPOSE: Final = Purpose.BLIND_INDEX
_A_MINUTE: Final = timedelta(minutes=1)
_EMAIL: Final = "a@quay.example"


@pytest.fixture(autouse=True)
def _own_versions() -> Iterator[None]:
    with own_versions(_PURPOSE):
        yield


@pytest.fixture
def organization() -> StaffedOrganization:
    return an_organization()


def _create(organization: StaffedOrganization, **fields: str) -> str:
    body = {"name": "Quay", "email": _EMAIL, **fields}
    reply = call("POST", "/v1/customers", token=organization.member.token, body=body)
    assert reply.status == 201, reply.text
    return str(reply.json["id"])


def _found(organization: StaffedOrganization, email: str = _EMAIL) -> list[str]:
    reply = call("GET", "/v1/customers", token=organization.member.token, query={"email": email})
    return sorted(item["id"] for item in reply.json["items"])


def _item(organization: StaffedOrganization, customer_id: str) -> CustomerItem:
    return CustomerItem.get(tenant_partition(organization.id, Kind.CUSTOMER), customer_id, consistent_read=True)


def _indexed_by(organization: StaffedOrganization, customer_id: str) -> str:
    item = _item(organization, customer_id)
    assert item.gsi2_pk is None or item.gsi2_pk.endswith(item.email_index)
    return str(item.email_index).partition(".")[0]


def _step(queues: Queues, *, after: timedelta = timedelta()) -> Step:
    return take_next_step(send=queues.send, now=utc_now() + after)


def _work_off(queues: Queues) -> None:
    """Have the consumer go over all organizations that there are."""
    while queues.queued:
        reindex(queues.queued.pop(0).note, send=queues.send, time_left=_A_MINUTE)


def _pass_over(organization: StaffedOrganization, queues: Queues, *, at: datetime | None = None) -> None:
    """Have the consumer go over one organization, as if it were the only one."""
    message, now = _at(organization, queues), at or utc_now()
    queues.queued.clear()
    reindex(message, send=queues.send, time_left=_A_MINUTE, clock=lambda: now)
    for shard in range(SHARDS):
        assert rotation_progress.note_progress(
            _PURPOSE, int(message["pass"]), shard=shard, organizations_done=1, has_ended=True, now=now
        )


def _begun() -> Queues:
    queues = Queues()
    add_version(_PURPOSE, age=APART)
    assert _step(queues) is Step.BEGINS
    return queues


def _at(organization: StaffedOrganization, queues: Queues) -> dict[str, str]:
    """Return the message by which a pass goes on at an organization, leaving out all before it."""
    return {**queues.queued[0].note, "organizationId": organization.id, "after": "cus_0"}


def test_everything_is_indexed_anew_and_then_the_secret_before_is_gone(organization: StaffedOrganization) -> None:
    customers = [_create(organization) for _ in range(3)]
    queues = _begun()
    assert _found(organization) == customers
    _pass_over(organization, queues)

    assert {_indexed_by(organization, each) for each in customers} == {SECOND_VERSION}
    assert _found(organization) == customers
    assert _step(queues) is Step.WAITS
    assert _step(queues, after=APART) is Step.BEGINS
    _pass_over(organization, queues, at=utc_now() + APART)
    assert versions(_PURPOSE) == [FIRST_VERSION, SECOND_VERSION]
    assert _step(queues, after=APART) is Step.FINISHED

    assert versions(_PURPOSE) == [SECOND_VERSION]
    assert _found(organization) == customers
    assert _step(queues, after=2 * APART) is Step.NOTHING
    assert queues.queued == []


def test_progress_is_seen_while_it_is_made(organization: StaffedOrganization) -> None:
    _create(organization)
    queues = _begun()
    begun = rotation_progress.find_rotation(_PURPOSE)
    _work_off(queues)
    ended = rotation_progress.find_rotation(_PURPOSE)

    assert begun is not None
    assert ended is not None
    assert (begun.version, begun.finished_at, begun.organizations_done, begun.found_any) == ("V0002", None, 0, False)
    assert ended.organizations_done == ended.organizations == begun.organizations > 0
    assert (ended.ended_shards, ended.found_any, ended.started_at) == (SHARDS, True, begun.started_at)


def test_no_pass_begins_before_every_container_knows_the_new_version() -> None:
    queues = Queues()
    add_version(_PURPOSE, age=APART - timedelta(minutes=1))
    assert _step(queues) is Step.WAITS
    assert _step(queues, after=timedelta(minutes=1)) is Step.BEGINS
    assert len(queues.queued) == SHARDS


def test_it_is_no_change_of_a_customer(organization: StaffedOrganization) -> None:
    an_endpoint(organization, "http://127.0.0.1:1/", "customer.*")
    customer_id = _create(organization)
    before = _item(organization, customer_id)
    _pass_over(organization, _begun())
    after = _item(organization, customer_id)
    records = records_of(organization.id)
    for handler in (write_audit.handler, fan_out_webhooks.handler):
        run(handler, records)

    assert before.email_index != after.email_index
    unlike = {"emailIndex", "GSI2PK"}
    stored, renewed = ({n: v for n, v in item.serialize().items() if n not in unlike} for item in (before, after))
    assert stored == renewed
    about = [each for each in records if each["dynamodb"]["Keys"]["SK"]["S"] == customer_id]
    assert [each["eventName"] for each in about] == ["INSERT", "MODIFY"]
    entries = call("GET", "/v1/audit-logs", token=organization.owner.token).json["items"]
    assert [each["action"] for each in entries if each["resource"]["id"] == customer_id] == ["customer.created"]
    assert [each.event_type for each in messages_of(organization.id)] == ["customer.created"]


def test_a_change_that_was_begun_before_a_pass_wins_and_the_next_pass_finds_it(
    organization: StaffedOrganization,
) -> None:
    customer_id = _create(organization)
    tenant = organization.tenant()
    customers = CustomerRepository(tenant)
    read_before = customers.get(customer_id)
    queues = _begun()
    _pass_over(organization, queues)
    customers.replace(replace(read_before, version=2, updated_at=utc_now()))
    tenant.transaction.commit()
    assert _indexed_by(organization, customer_id) == FIRST_VERSION

    assert _step(queues, after=APART) is Step.BEGINS
    _pass_over(organization, queues, at=utc_now() + APART)

    assert (_indexed_by(organization, customer_id), _item(organization, customer_id).version) == (SECOND_VERSION, 2)
    assert _step(queues, after=APART) is Step.WAITS
    assert _found(organization) == [customer_id]


def test_a_customer_that_changes_while_a_pass_is_at_it_stays_as_it_was_changed(
    organization: StaffedOrganization,
) -> None:
    customer_id = _create(organization)
    customers = CustomerRepository(organization.tenant())
    read_before = customers.get(customer_id)
    add_version(_PURPOSE)
    patched = {"email": "new@quay.example"}
    call("PATCH", f"/v1/customers/{customer_id}", token=organization.member.token, body=patched)

    renewed = replace(read_before, email_index="V0002.of the address before")
    assert not customers.reindex(renewed, indexed_so_far=read_before.email_index)
    assert _found(organization, "new@quay.example") == [customer_id]


def test_a_deleted_customer_is_found_once_it_is_restored(organization: StaffedOrganization) -> None:
    customer_id = _create(organization)
    path = f"/v1/customers/{customer_id}"
    call("DELETE", path, token=organization.member.token)
    _pass_over(organization, _begun())
    assert _indexed_by(organization, customer_id) == SECOND_VERSION
    assert _item(organization, customer_id).gsi2_pk is None
    assert _found(organization) == []

    call("POST", f"{path}/restore", token=organization.member.token)

    assert _found(organization) == [customer_id]


def test_a_customer_without_an_address_is_left_alone(organization: StaffedOrganization) -> None:
    reply = call("POST", "/v1/customers", token=organization.member.token, body={"name": "Quay"})
    queues = _begun()
    reindex(_at(organization, queues), send=queues.send, time_left=_A_MINUTE)
    assert _item(organization, reply.json["id"]).email_index is None


def test_a_customer_who_does_not_open_keeps_the_secret_by_which_it_is_found(organization: StaffedOrganization) -> None:
    opens, shut = (_create(organization) for _ in range(2))
    item = _item(organization, shut)
    item.update([CustomerItem.personal.set(b"altered")])
    queues = _begun()
    with logged() as log:
        _pass_over(organization, queues)

    assert [_indexed_by(organization, each) for each in (opens, shut)] == [SECOND_VERSION, FIRST_VERSION]
    lines = [line for line in log.lines if line["message"] == "customers not indexed anew"]
    assert [(line["organization_id"], line["count"]) for line in lines] == [(organization.id, 1)]
    _step(queues, after=APART)
    _pass_over(organization, queues, at=utc_now() + APART)
    assert _step(queues, after=APART) is Step.WAITS
    assert versions(_PURPOSE) == [FIRST_VERSION, SECOND_VERSION]


def test_a_pass_goes_on_where_its_time_ended(organization: StaffedOrganization) -> None:
    customers = [_create(organization) for _ in range(2)]
    queues = _begun()
    message, late = _at(organization, queues), iter([utc_now(), *[utc_now() + APART] * 9])
    queues.queued.clear()

    reindex(message, send=queues.send, time_left=_A_MINUTE, clock=lambda: next(late))

    (going_on,) = queues.queued
    assert going_on.note == {**{n: message[n] for n in ("version", "pass", "shard", "organizationId")}, "done": "1"}
    assert {_indexed_by(organization, each) for each in customers} == {SECOND_VERSION}


def test_a_message_that_is_killed_at_any_call_comes_again_and_does_the_rest(organization: StaffedOrganization) -> None:
    customers = [_create(organization) for _ in range(2)]
    queues = _begun()
    message = _at(organization, queues)
    for point in crash_points():
        for each in customers:
            _item(organization, each).update([CustomerItem.email_index.set("V0001.old")])
        with point:
            reindex(message, send=queues.send, time_left=_A_MINUTE)
        reindex(message, send=queues.send, time_left=_A_MINUTE)
        assert {_indexed_by(organization, each) for each in customers} == {SECOND_VERSION}, point
        rotation = rotation_progress.find_rotation(_PURPOSE)
        assert rotation is not None
        assert rotation.found_any, point


def test_a_begin_that_is_killed_at_any_call_is_made_up_for(organization: StaffedOrganization) -> None:
    customer_id = _create(organization)
    add_version(_PURPOSE, age=APART)
    for number, point in enumerate(crash_points()):
        queues = Queues()
        with point:
            _step(queues, after=number * APART)
        _step(queues, after=(number + 1) * APART)
        assert len(queues.queued) >= SHARDS, point
    assert _indexed_by(organization, customer_id) == FIRST_VERSION


def test_of_two_at_once_one_begins_a_pass_and_messages_of_an_earlier_one_do_nothing(
    organization: StaffedOrganization,
) -> None:
    customer_id = _create(organization)
    queues = _begun()
    earlier = _at(organization, queues)
    rotation = rotation_progress.find_rotation(_PURPOSE)
    begun = [
        rotation_progress.begin_pass(_PURPOSE, SECOND_VERSION, after=rotation, organizations=1, now=utc_now())
        for _ in range(2)
    ]
    queues.queued.clear()

    reindex(earlier, send=queues.send, time_left=_A_MINUTE)
    # Where it finds nothing left to do it does not go on either.
    reindex({**earlier, "version": FIRST_VERSION}, send=queues.send, time_left=timedelta())

    assert begun == [2, None]
    assert queues.queued == []
    assert _indexed_by(organization, customer_id) == FIRST_VERSION


def test_customers_are_found_at_every_moment_whatever_else_is_done_meanwhile(organization: StaffedOrganization) -> None:
    chance, token, owners = random.Random(20), organization.member.token, CustomerRepository(organization.tenant())  # noqa: S311
    addresses = {_create(organization, email=f"{number}@quay.example"): f"{number}@quay.example" for number in range(3)}
    queues = _begun()
    message = _at(organization, queues)

    def work(_customer_id: str) -> None:
        reindex(message, send=queues.send, time_left=timedelta())

    def change(customer_id: str) -> None:
        addresses[customer_id] = f"{chance.randrange(10**9)}@quay.example"
        body = {"email": addresses[customer_id]}
        assert call("PATCH", f"/v1/customers/{customer_id}", token=token, body=body).status == 200

    def delete_and_restore(customer_id: str) -> None:
        assert call("DELETE", f"/v1/customers/{customer_id}", token=token).status == 204
        work(customer_id)
        assert call("POST", f"/v1/customers/{customer_id}/restore", token=token).status == 200

    def change_as_read_before(customer_id: str) -> None:
        read, tenant = owners.get(customer_id), organization.tenant()
        work(customer_id)
        CustomerRepository(tenant).replace(replace(read, version=read.version + 1, updated_at=utc_now()))
        tenant.transaction.commit()

    for _ in range(25):
        chance.choice((work, change, delete_and_restore, change_as_read_before))(chance.choice(list(addresses)))
        for customer_id, email in addresses.items():
            assert _found(organization, email) == [customer_id]


def test_a_pass_that_kms_does_not_answer_comes_again(organization: StaffedOrganization) -> None:
    customer_id = _create(organization)
    queues = _begun()
    message = _at(organization, queues)
    forget_opened_keys()

    def unanswered(_request: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://kms.us-east-1.amazonaws.com")

    with instead_of("Decrypt", unanswered, service="kms"), pytest.raises(TemporarilyUnavailable):
        reindex(message, send=queues.send, time_left=_A_MINUTE)
    assert _found(organization) == [customer_id]
    assert _indexed_by(organization, customer_id) == FIRST_VERSION

    reindex(message, send=queues.send, time_left=_A_MINUTE)
    assert _indexed_by(organization, customer_id) == SECOND_VERSION


def test_a_newer_version_takes_over_from_the_one_under_way(organization: StaffedOrganization) -> None:
    customer_id = _create(organization)
    queues = _begun()
    _pass_over(organization, queues)
    add_version(_PURPOSE, "V0003", age=APART)
    assert _step(queues) is Step.BEGINS
    _pass_over(organization, queues)

    rotation = rotation_progress.find_rotation(_PURPOSE)
    assert _indexed_by(organization, customer_id) == "V0003"
    assert rotation is not None
    assert (rotation.version, rotation.pass_number, rotation.finished_at) == ("V0003", 2, None)


def test_the_schedule_and_the_queue_do_it_by_themselves(organization: StaffedOrganization) -> None:
    customer_id = _create(organization)
    add_version(_PURPOSE, age=APART)
    queues = Queues()
    (outcome,) = rotate_platform_secrets(Round((_PURPOSE,), timedelta(days=365)), send=queues.send, now=utc_now())
    message: dict[str, Any] = queue_event(_at(organization, queues))

    assert (outcome.step, outcome.removed) == ("begins", [])
    assert reindex_customers.handler(message, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert _indexed_by(organization, customer_id) == SECOND_VERSION
