"""The stream of the organizations' table as Lambda reads it, and what Lambda makes of a consumer's answer."""

import base64
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, Final

import boto3

from nexstock.ids import OrganizationId
from nexstock.persistence.keys import organization_of
from tests.support.environment import table_name
from tests.support.events import Context

Record = dict[str, Any]
Handler = Callable[[dict[str, Any], Any], dict[str, list[dict[str, str]]]]

_MOST_TRIES: Final = 3


class TableStream:
    """Reads the stream from its beginning, ever further, and keeps what it read by organization."""

    def __init__(self, address: str, arn: str) -> None:
        self._client = boto3.client("dynamodbstreams", endpoint_url=address)
        self._arn = arn
        self._iterators: dict[str, str | None] = {}
        self._records: dict[str, list[Record]] = defaultdict(list)

    def records_of(self, organization_id: OrganizationId) -> list[Record]:
        """Return every record of an organization's items so far, oldest first, in the form of Lambda's events."""
        for shard in self._client.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]:
            self._read_on(shard["ShardId"])
        return list(self._records[organization_id])

    def _read_on(self, shard_id: str) -> None:
        if shard_id not in self._iterators:
            self._iterators[shard_id] = self._client.get_shard_iterator(
                StreamArn=self._arn, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
            )["ShardIterator"]
        while iterator := self._iterators[shard_id]:
            answer = self._client.get_records(ShardIterator=iterator)
            self._iterators[shard_id] = answer.get("NextShardIterator")
            for record in answer["Records"]:
                owner = organization_of(record["dynamodb"]["Keys"]["PK"]["S"])
                self._records[owner].append(_as_lambda_gives_it(record))
            if not answer["Records"]:
                return


def records_of(organization_id: OrganizationId) -> list[Record]:
    """Return every record of an organization so far, oldest first."""
    address = os.environ["AWS_ENDPOINT_URL_DYNAMODB"]
    table = boto3.client("dynamodb", endpoint_url=address).describe_table(TableName=table_name("tenants"))["Table"]
    return _stream(address, table["LatestStreamArn"]).records_of(organization_id)


def resources_of(organization_id: OrganizationId) -> list[Record]:
    """Return those records of an organization that are changes of resources: all but claims of unique values."""
    return [
        record
        for record in records_of(organization_id)
        if not record["dynamodb"]["Keys"]["PK"]["S"].endswith(("#UNIQUE", "#OWNERS"))
    ]


def poison_like(record: Record) -> Record:
    """Return the record with an attribute of a type that no item of ours has."""
    change = record["dynamodb"]
    image = {**change["NewImage"], "strange": {"SS": ["a", "b"]}, "name": {"N": "1"}}
    return {**record, "dynamodb": {**change, "NewImage": image, "SequenceNumber": f"{change['SequenceNumber']}9"}}


def run(handler: Handler, records: list[Record]) -> list[str]:
    """Call a consumer once and return the sequence numbers that it reports as failed."""
    answer = handler({"Records": records}, Context())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def run_as_lambda(handler: Handler, records: list[Record]) -> list[Record]:
    """Deliver a batch as an event source mapping with bisection does; return the records that it gives up.

    A call that fails has its batch split in two; a reported record is where the next call begins
    (AWS: "Configuring partial batch response with DynamoDB and Lambda"). What is left of a batch that does not get
    smaller is given up as a whole after its tries.
    """
    return list(_deliver(handler, records, tries=1))


def _deliver(handler: Handler, records: list[Record], *, tries: int) -> Iterator[Record]:
    failed, error = _outcome(handler, records)
    if not failed:
        return
    if error and len(failed) > 1:
        middle = len(failed) // 2
        yield from _deliver(handler, failed[:middle], tries=tries)
        yield from _deliver(handler, failed[middle:], tries=tries)
    elif len(failed) == len(records) and tries == _MOST_TRIES:
        yield from failed
    else:
        yield from _deliver(handler, failed, tries=tries + 1 if len(failed) == len(records) else tries)


def _outcome(handler: Handler, records: list[Record]) -> tuple[list[Record], bool]:
    try:
        reported = run(handler, records)
    except Exception:  # noqa: BLE001 (whatever it was, Lambda sees a call that failed)
        return records, True
    places = [place for place, record in enumerate(records) if record["dynamodb"]["SequenceNumber"] in reported]
    return (records[min(places) :] if places else []), False


@cache
def _stream(address: str, arn: str) -> TableStream:
    return TableStream(address, arn)


def _as_lambda_gives_it(record: Record) -> Record:
    """Return the record as JSON values: bytes as base64, times as seconds since the epoch."""
    result: Record = _plain(record)
    return result


def _plain(value: Any) -> Any:  # noqa: ANN401 (any part of a record)
    match value:
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.timestamp()
    return value
