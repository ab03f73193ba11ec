"""The audit log under faults: part of a batch fails, a record never succeeds, two write at once, heads are old."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.awsrequest import AWSResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.streams import fan_out_webhooks, write_audit
from nexstock.audit import repository
from nexstock.audit.chain import Head
from nexstock.persistence.keys import organization_partition
from nexstock.streams import BatchFailed
from tests.support.api import call
from tests.support.chains import verified_chain
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import Record, poison_like, resources_of, run, run_as_lambda
from tests.support.stream_failures import FailuresQueue
from tests.support.table_faults import Request, cancelled, error_answer, instead_of, items_of
from tests.support.webhooks import a_product, messages_of, records_about, stored_endpoints

pytestmark = pytest.mark.usefixtures("platform")


def _renamed(organization: StaffedOrganization, times: int) -> list[Record]:
    """Create and rename a product; return its records."""
    product = a_product(organization)
    for number in range(times):
        body = {"name": f"Anvil {number}"}
        call("PATCH", f"/v1/products/{product['id']}", token=organization.owner.token, body=body)
    return records_about(organization, product["id"])


def _versions(organization: StaffedOrganization, records: list[Record]) -> list[str]:
    """Return the names that the product's entries say it got, in the chain's order."""
    resource_id = records[0]["dynamodb"]["Keys"]["SK"]["S"]
    changes = [
        change
        for entry in verified_chain(organization.id)
        if entry["resource"]["id"] == resource_id
        for change in entry["diff"]
    ]
    return [change["after"] for change in changes if change["path"] == "/name"]


def _refusing_entry(record: Record) -> Callable[[Request], AWSResponse | None]:
    """Refuse whatever writes the entry of one record."""
    name = record["dynamodb"]["NewImage"]["name"]["S"]

    def act(request: Request) -> AWSResponse | None:
        stored = [json.loads(item["Put"]["Item"].get("canonical", {}).get("S", "{}")) for item in items_of(request)]
        changes = [change for entry in stored for change in entry.get("diff", [])]
        if any((change["path"], change["after"]) == ("/name", name) for change in changes):
            return error_answer(request, "AccessDeniedException")
        return None

    return act


@pytest.mark.parametrize("place", [1, 3, 5])
def test_a_batch_is_resumed_at_the_record_that_failed_and_order_stays(place: int) -> None:
    organization = an_organization()
    records = _renamed(organization, 5)
    with instead_of("TransactWriteItems", _refusing_entry(records[place])):
        assert run(write_audit.handler, records) == [records[place]["dynamodb"]["SequenceNumber"]]
    expected = [record["dynamodb"]["NewImage"]["name"]["S"] for record in records]
    assert _versions(organization, records) == expected[:place]
    assert run(write_audit.handler, records[place:]) == []
    assert _versions(organization, records) == expected


def test_a_batch_that_fails_at_its_first_record_fails_as_a_whole() -> None:
    organization = an_organization()
    records = _renamed(organization, 2)
    with instead_of("TransactWriteItems", _refusing_entry(records[0])), pytest.raises(BatchFailed):
        run(write_audit.handler, records)
    assert verified_chain(organization.id) == []


@pytest.mark.parametrize("place", [0, 1, 4, 7])
def test_a_poison_record_is_set_aside_alone_and_blocks_nobody(place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = FailuresQueue(monkeypatch)
    ours, theirs = an_organization(), an_organization()
    stored_endpoints(ours, ("product.*",))
    good = _renamed(ours, 3) + resources_of(theirs.id)[:4]
    poison = poison_like(good[0])
    batch = [*good[:place], poison, *good[place:]]
    for handler in (write_audit.handler, fan_out_webhooks.handler):
        assert run_as_lambda(handler, batch) == []
    assert failures.records() == [poison, poison]
    assert _versions(ours, good) == ["Anvil", "Anvil 0", "Anvil 1", "Anvil 2"]
    assert len(verified_chain(theirs.id)) == 4
    assert len(messages_of(ours.id)) == 4


@pytest.mark.parametrize(
    "partition", ["ORG#nobody#PRODUCT", "PRODUCT", "ORG#org_01JD0000000000000000000000#NONSENSE", "USER#usr_1"]
)
def test_a_record_of_a_foreign_partition_is_never_taken_for_done(
    partition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = FailuresQueue(monkeypatch)
    record = resources_of(an_organization().id)[0]
    foreign = {**record, "dynamodb": {**record["dynamodb"], "Keys": {"PK": {"S": partition}, "SK": {"S": "x"}}}}
    for handler in (write_audit.handler, fan_out_webhooks.handler):
        assert run(handler, [foreign]) == []
    assert failures.records() == [foreign, foreign]


def test_writers_at_the_same_moment_leave_one_chain_with_one_entry_a_change() -> None:
    ours, theirs = an_organization(), an_organization()
    _renamed(ours, 4)
    batch, together = resources_of(ours.id) + resources_of(theirs.id), threading.Barrier(4)

    def write() -> None:
        together.wait(10)
        assert run_as_lambda(write_audit.handler, batch) == []

    with ThreadPoolExecutor(4) as threads:
        for made in [threads.submit(write) for _ in range(4)]:
            made.result()
    for organization in (ours, theirs):
        assert len(verified_chain(organization.id)) == len(resources_of(organization.id))


def test_writers_of_two_shards_share_one_chain() -> None:
    organization = an_organization()
    products = [_renamed(organization, 3)]
    other = call("POST", "/v1/products", token=organization.owner.token, body={"sku": "B", "name": "Bolt"}).json
    products.append(records_about(organization, other["id"]) + resources_of(organization.id)[:4])
    with ThreadPoolExecutor(2) as threads:
        given_up = [threads.submit(run_as_lambda, write_audit.handler, shard) for shard in products]
        assert [made.result() for made in given_up] == [[], []]
    assert len(verified_chain(organization.id)) == 4 + 1 + 4
    assert _versions(organization, products[0]) == ["Anvil", "Anvil 0", "Anvil 1", "Anvil 2"]


@pytest.mark.parametrize("stale", [Head(), Head(1, "f" * 64), Head(99, "0" * 64)], ids=["before", "forged", "beyond"])
def test_an_old_or_wrong_idea_of_the_head_costs_a_read_and_nothing_else(stale: Head) -> None:
    organization = an_organization()
    records = _renamed(organization, 3)
    assert run(write_audit.handler, records[:3]) == []
    # What a container believes that another one has overtaken.
    repository._last_heads[organization_partition(organization.id)] = stale  # noqa: SLF001
    assert run(write_audit.handler, records) == []
    assert _versions(organization, records) == ["Anvil", "Anvil 0", "Anvil 1", "Anvil 2"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(["conflict", "throttled", "broken", ""]), max_size=20))
def test_any_sequence_of_passing_faults_leaves_one_entry_a_change(faults: list[str]) -> None:
    organization = an_organization()
    records = resources_of(organization.id)
    waiting = list(faults)

    def act(request: Request) -> AWSResponse | None:
        match waiting.pop(0) if waiting else "":
            case "conflict":
                return cancelled(request, "TransactionConflict", "None", "None")
            case "throttled":
                return cancelled(request, "None", "None", "ThrottlingError")
            case "broken":
                return error_answer(request, "InternalServerError", status=500)
        return None

    with instead_of("TransactWriteItems", act):
        given_up = run_as_lambda(write_audit.handler, records)
    if given_up:
        assert run(write_audit.handler, records) == []
    assert len(verified_chain(organization.id)) == len(resources_of(organization.id))
