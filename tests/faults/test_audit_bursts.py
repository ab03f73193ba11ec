"""Many changes at once: few transactions, one chain, and nothing lost or doubled wherever a writer stops."""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import partial

import pytest
from botocore.awsrequest import AWSResponse

from functions.streams import write_audit
from nexstock.audit.repository import MOST_AT_ONCE
from nexstock.ids import OrganizationId
from tests.support.bursts import a_burst, an_organization_id
from tests.support.calls import recorded_calls
from tests.support.chains import verified_chain
from tests.support.crashes import crash_points
from tests.support.interleavings import play, some_schedules
from tests.support.records import Record, run, run_as_lambda
from tests.support.stream_failures import FailuresQueue
from tests.support.table_faults import Request, error_answer, instead_of, items_of
from tests.support.templates import functions

pytestmark = pytest.mark.usefixtures("platform")

_BATCH = functions()["WriteAuditFunction"]["Events"]["Change"]["Properties"]["BatchSize"]


def _batches(records: list[Record]) -> Iterator[list[Record]]:
    for begin in range(0, len(records), _BATCH):
        yield records[begin : begin + _BATCH]


def _assert_each_once_and_in_order(organization_id: OrganizationId, records: list[Record]) -> None:
    entries = verified_chain(organization_id)
    names = defaultdict(list)
    for entry in entries:
        names[entry["resource"]["id"]].append(entry["diff"][0]["after"])
    expected = defaultdict(list)
    for record in records:
        expected[record["dynamodb"]["Keys"]["SK"]["S"]].append(record["dynamodb"]["NewImage"]["name"]["S"])
    assert names == expected
    assert len({entry["id"] for entry in entries}) == len(records)


def test_a_burst_is_one_chain_in_few_transactions() -> None:
    organization_id = an_organization_id()
    records = a_burst(organization_id, 5 * _BATCH)
    with recorded_calls() as recording:
        for batch in _batches(records):
            assert run(write_audit.handler, batch) == []
    _assert_each_once_and_in_order(organization_id, records)
    assert recording.operations.count("TransactWriteItems") == len(records) / MOST_AT_ONCE
    assert recording.operations.count("GetItem") == 1


def test_a_burst_that_is_delivered_again_in_other_batches_adds_nothing() -> None:
    organization_id = an_organization_id()
    records = a_burst(organization_id, 150)
    for begin, end in ((0, 70), (30, 130), (0, 150), (120, 150), (0, 1)):
        assert run(write_audit.handler, records[begin:end]) == []
    _assert_each_once_and_in_order(organization_id, records)


def test_a_writer_that_crashed_at_any_call_has_each_change_once_in_the_end() -> None:
    crashes = 0
    for point in crash_points():
        organization_id = an_organization_id()
        records = a_burst(organization_id, 120)
        assert run(write_audit.handler, records[:1]) == []
        with point:
            run(write_audit.handler, records)
        crashes += point.happened
        verified_chain(organization_id)
        assert run(write_audit.handler, records) == [], point
        _assert_each_once_and_in_order(organization_id, records)
    # Three transactions, one of which finds its first entry recorded and reads which ones are, before and after each.
    assert crashes >= 2 * 5


def test_writers_in_any_order_of_their_calls_share_one_chain() -> None:
    for schedule in some_schedules(25, seed=5):
        organization_id = an_organization_id()
        ours, theirs = (a_burst(organization_id, 6, products=2) for _ in range(2))
        # A batch, the same once more from a container that was thought dead, and another shard's.
        batches = [ours, ours[:4], theirs]
        given_up = play([partial(run_as_lambda, write_audit.handler, batch) for batch in batches], schedule)
        assert given_up == [[], [], []], schedule
        _assert_each_once_and_in_order(organization_id, [*ours, *theirs])


@pytest.mark.parametrize(("code", "is_set_aside"), [("ValidationException", True), ("AccessDeniedException", False)])
@pytest.mark.parametrize("place", [0, 1, 37, 98])
def test_one_entry_that_cannot_be_written_takes_no_other_with_it(
    place: int,
    code: str,
    is_set_aside: bool,  # noqa: FBT001
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    failures = FailuresQueue(monkeypatch)
    organization_id, other_id = an_organization_id(), an_organization_id()
    records, others = a_burst(organization_id, 99), a_burst(other_id, 5)
    bad = records[place]
    name = bad["dynamodb"]["NewImage"]["name"]["S"]
    with instead_of("TransactWriteItems", partial(_refusing, code, name, organization_id)):
        given_up = run_as_lambda(write_audit.handler, [*records, *others])
    assert (failures.records(), given_up) == (([bad], []) if is_set_aside else ([], [bad]))
    _assert_each_once_and_in_order(organization_id, [record for record in records if record is not bad])
    _assert_each_once_and_in_order(other_id, others)


def _refusing(code: str, name: str, organization_id: OrganizationId, request: Request) -> AWSResponse | None:
    for item in items_of(request):
        entry = json.loads(item["Put"]["Item"].get("canonical", {}).get("S", "{}"))
        if entry and (entry["organizationId"], entry["diff"][0]["after"]) == (organization_id, name):
            return error_answer(request, code)
    return None


def test_a_transaction_that_is_too_large_is_written_in_parts() -> None:
    organization_id = an_organization_id()
    records = a_burst(organization_id, 60)

    def act(request: Request) -> AWSResponse | None:
        # Stands for 4 MB, which so many small entries do not have.
        return error_answer(request, "ValidationException") if len(items_of(request)) > 25 else None

    with instead_of("TransactWriteItems", act):
        assert run(write_audit.handler, records) == []
    _assert_each_once_and_in_order(organization_id, records)
