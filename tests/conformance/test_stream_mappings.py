"""DynamoDB stream mappings: what happens to records that a function fails on, and over a restart."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.local_endpoint import LocalEndpoint, archive, running_endpoint, wait_for

_ROLE = "arn:aws:iam::000000000000:role/any"

# Records tell the function what to do with them: "fail" reports the item, "raise" fails the whole call.
_CODE = """
import json, os
def handler(event, context):
    modes = [record["dynamodb"].get("NewImage", {}).get("mode", {}).get("S", "ok") for record in event["Records"]]
    keys = [record["dynamodb"]["Keys"]["key"]["S"] for record in event["Records"]]
    with open(os.environ["JOURNAL"], "a") as journal:
        journal.write(json.dumps(keys) + "\\n")
    if "raise" in modes:
        raise RuntimeError("poison")
    failed = [r for r, mode in zip(event["Records"], modes) if mode == "fail"]
    return {"batchItemFailures": [{"itemIdentifier": r["dynamodb"]["SequenceNumber"]} for r in failed]}
"""


class _Stream:
    """A table whose stream feeds a function, and a queue for what is given up."""

    def __init__(self, endpoint: LocalEndpoint, name: str) -> None:
        self.name = name
        self._endpoint = endpoint
        self._dynamodb = endpoint.client("dynamodb")

    def create(self, *items: str, **mapping: Any) -> None:  # noqa: ANN401 - settings of the mapping
        """Create all of it; the items are written before anybody reads, so that one batch holds them all."""
        table = self._dynamodb.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "key", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "key", "KeyType": "HASH"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )["TableDescription"]
        self._endpoint.client("sqs").create_queue(QueueName=self.name)
        client = self._endpoint.client("lambda")
        client.create_function(
            FunctionName=self.name,
            Runtime="python3.11",
            Role=_ROLE,
            Handler="app.handler",
            Code={"ZipFile": archive({"app.py": _CODE})},
            Environment={"Variables": {"JOURNAL": str(self._endpoint.journal / self.name)}},
            Timeout=10,
        )
        for item in items:
            self.write(item)
        client.create_event_source_mapping(
            EventSourceArn=table["LatestStreamArn"],
            FunctionName=self.name,
            StartingPosition="TRIM_HORIZON",
            DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:000000000000:{self.name}"}},
            **{"BatchSize": 10, "FunctionResponseTypes": ["ReportBatchItemFailures"], **mapping},
        )

    def correct(self) -> None:
        """Deploy a function that fails on nothing."""
        corrected = archive({"app.py": _CODE.replace('raise RuntimeError("poison")', "pass")})
        self._endpoint.client("lambda").update_function_code(FunctionName=self.name, ZipFile=corrected)

    def write(self, item: str) -> None:
        """Write an item given as `key` or `key:mode`."""
        key, _, mode = item.partition(":")
        self._dynamodb.put_item(TableName=self.name, Item={"key": {"S": key}, "mode": {"S": mode or "ok"}})

    def batches(self) -> list[list[str]]:
        """Return the keys that each call of the function got."""
        path = self._endpoint.journal / self.name
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def wait_for(self, *batches: list[str]) -> None:
        """Wait until the function got exactly these calls, and a little longer for one too many."""
        wait_for(lambda: len(self.batches()) >= len(batches), f"{len(batches)} calls of {self.name}")
        time.sleep(0.3)
        assert self.batches() == list(batches)

    def discarded(self) -> list[dict[str, Any]]:
        """Return the invocation records that reached the failure destination."""
        sqs = self._endpoint.client("sqs")
        url = sqs.get_queue_url(QueueName=self.name)["QueueUrl"]
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]


@pytest.fixture
def stream(endpoint: LocalEndpoint, request: pytest.FixtureRequest) -> _Stream:
    """Return a stream of the test's own."""
    return _Stream(endpoint, request.node.name.replace("[", "-").strip("]")[:60])


def test_records_arrive_in_order_and_once(stream: _Stream) -> None:
    stream.create("a", "b", "c")

    stream.wait_for(["a", "b", "c"])


def test_reported_failure_is_tried_again_from_that_record_on(stream: _Stream) -> None:
    stream.create("a", "b:fail", "c", MaximumRetryAttempts=1)

    stream.wait_for(["a", "b", "c"], ["b", "c"])
    assert stream.discarded()[0]["DDBStreamBatchInfo"]["batchSize"] == 2


def test_poison_record_is_isolated_discarded_and_blocks_nothing(stream: _Stream) -> None:
    stream.create("a", "b:raise", "c", MaximumRetryAttempts=1, BisectBatchOnFunctionError=True)
    wait_for(lambda: stream.batches()[-1:] == [["c"]], "the record after the poison")
    stream.write("later")
    wait_for(lambda: stream.batches()[-1:] == [["later"]], "the change after the poison")

    records = stream.discarded()
    assert stream.batches().count(["b"]) == 2
    assert len(records) == 1
    assert records[0]["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert records[0]["DDBStreamBatchInfo"]["batchSize"] == 1


def test_failing_batch_is_discarded_as_a_whole_without_bisection(stream: _Stream) -> None:
    stream.create("a", "b:raise", MaximumRetryAttempts=2)

    stream.wait_for(["a", "b"], ["a", "b"], ["a", "b"])
    assert stream.discarded()[0]["DDBStreamBatchInfo"]["batchSize"] == 2


def test_no_retries_means_one_attempt(stream: _Stream) -> None:
    stream.create("a:raise", MaximumRetryAttempts=0)

    stream.wait_for(["a"])


def test_record_past_its_maximum_age_is_discarded(stream: _Stream) -> None:
    """How often a record is tried before that depends on the machine; that the age ends it does not."""
    stream.create("old:raise", MaximumRecordAgeInSeconds=2)

    assert stream.discarded()[0]["requestContext"]["condition"] == "MaxRecordAgeExceeded"


def test_reported_failures_count_only_when_the_mapping_says_so(stream: _Stream) -> None:
    stream.create("a:fail", "b", FunctionResponseTypes=[])

    stream.wait_for(["a", "b"])


def test_corrected_function_ends_the_retries(stream: _Stream) -> None:
    stream.create("a:raise")
    wait_for(lambda: len(stream.batches()) > 1, "a retry")
    stream.correct()
    stream.write("after")

    wait_for(lambda: stream.batches()[-1:] == [["after"]], "the next change")


def test_failing_consumer_holds_up_no_other(endpoint: LocalEndpoint) -> None:
    failing, other = _Stream(endpoint, "mapping-failing"), _Stream(endpoint, "mapping-other")
    failing.create("a:raise")
    other.create()
    wait_for(lambda: len(failing.batches()) > 1, "a retry")
    other.write("x")

    wait_for(lambda: other.batches() == [["x"]], "the other stream's record")


def test_filtered_records_are_not_delivered(stream: _Stream) -> None:
    pattern = json.dumps({"dynamodb": {"NewImage": {"mode": {"S": ["wanted"]}}}})
    stream.create("a", "b:wanted", "c", FilterCriteria={"Filters": [{"Pattern": pattern}]})

    stream.wait_for(["b"])


def test_changes_before_and_after_a_restart_are_delivered(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_endpoint(tmp_path, state=state) as first:
        before = _Stream(first, "restarted")
        before.create("a")
        before.wait_for(["a"])
        before.write("undelivered:raise")
        wait_for(lambda: len(before.batches()) > 1, "a first attempt")
    seen = len(before.batches())
    with running_endpoint(tmp_path, state=state) as second:
        after = _Stream(second, "restarted")
        wait_for(lambda: len(after.batches()) > seen, "the undelivered change")
        assert after.batches()[seen] == ["undelivered"]
        after.correct()
        after.write("first")
        wait_for(lambda: after.batches()[-1:] == [["first"]], "the first change after the restart")
        assert after.batches().count(["a"]) == 1
