"""What proofs and checkpoints ask of DynamoDB and of S3 (docs/access-patterns.md), and that it hardly grows.

A number here changes only together with the page that lists the access patterns.
"""

from functions.streams import write_audit
from nexstock.audit.repository import MOST_AT_ONCE
from tests.support.api import call
from tests.support.bursts import a_burst, an_organization_id
from tests.support.calls import Recording, recorded_calls
from tests.support.checkpoints import checkpointed, grown_by
from tests.support.costs import handler_cost
from tests.support.people import StaffedOrganization, an_organization
from tests.support.records import run


def _signed(*sizes: int) -> StaffedOrganization:
    home = an_organization()
    for size in sizes:
        grown_by(home.id, size)
        assert checkpointed(home.id) == []
    return home


def _of_s3(recording: Recording, operation: str) -> int:
    return sum((each.service, each.operation) == ("s3", operation) for each in recording.calls)


def test_a_batch_of_changes_is_appended_in_one_transaction() -> None:
    organization_id = an_organization_id()
    records = a_burst(organization_id, MOST_AT_ONCE + 1)
    assert run(write_audit.handler, records[:1]) == []
    with recorded_calls() as recording:
        assert run(write_audit.handler, records[1:]) == []
    assert recording.operations == ["TransactWriteItems"]
    # An entry of up to 1 KB, and its id, two units each in a transaction, and the head; four index entries of one.
    assert recording.write_units == 2 * (2 * MOST_AT_ONCE + 1) + 4 * MOST_AT_ONCE


def test_a_batch_that_was_appended_before_costs_one_read_of_ids() -> None:
    organization_id = an_organization_id()
    records = a_burst(organization_id, MOST_AT_ONCE)
    assert run(write_audit.handler, records) == []
    with recorded_calls() as recording:
        assert run(write_audit.handler, records) == []
    assert recording.operations == ["TransactWriteItems", "BatchGetItem"]


def test_a_checkpoint_is_a_few_calls_whatever_the_length_of_the_log() -> None:
    costs = []
    for length in (20, 300):
        home = _signed(length)
        grown_by(home.id, 1)
        with recorded_calls("s3", "kms") as recording:
            assert checkpointed(home.id) == []
        tables = [each.operation for each in recording.calls if each.service == "dynamodb"]
        costs.append(tables)
        assert recording.operations.count("Sign") == 1
        assert _of_s3(recording, "PutObject") == 3
        # The edge of the tree: a partial tile at each level.
        assert _of_s3(recording, "GetObject") == (1 if length < 256 else 2)
    # The newest checkpoint, the head, what is new; the checkpoint, and the head out of the index.
    assert costs == [["Query", "GetItem", "Query", "PutItem", "TransactWriteItems"]] * 2


def test_a_proof_is_three_reads_and_a_few_tiles() -> None:
    home = _signed(300)
    newest = call("GET", "/v1/audit-logs", token=home.admin.token, query={"limit": "1"}).json["items"][0]["id"]
    resource = {"resource": "/v1/audit-logs/{entry_id}/proof", "path_parameters": {"entry_id": newest}}
    with recorded_calls("s3") as recording:
        cost = handler_cost("audit_logs.get_audit_log_proof", home, "GET", f"/v1/audit-logs/{newest}/proof", **resource)
    assert (cost.operations, cost.read_units) == (["GetItem", "GetItem", "Query"], 3)
    assert _of_s3(recording, "GetObject") == 2


def test_a_page_of_checkpoints_is_one_query_and_a_proof_of_growth_a_few_tiles() -> None:
    home = _signed(3, 300)
    path, handler = "/v1/audit-logs/checkpoints", "audit_logs.list_audit_log_checkpoints"
    assert handler_cost(handler, home, "GET", path).operations == ["Query"]
    with recorded_calls("s3") as recording:
        cost = handler_cost(handler, home, "GET", path, query={"fromSize": "3"})
    assert cost.operations == ["Query", "Query"]
    assert _of_s3(recording, "GetObject") <= 4


def test_a_verification_reads_a_bounded_part_of_the_log() -> None:
    home = _signed(300)
    with recorded_calls("s3") as recording:
        cost = handler_cost("audit_logs.verify_audit_log", home, "GET", "/v1/audit-logs/verification")
    assert cost.operations == ["Query", "GetItem", "Query"]
    assert cost.read_units < 80
    assert _of_s3(recording, "GetObject") <= 6
