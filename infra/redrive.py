"""`python -m infra.redrive ENVIRONMENT`: hand over once more what lies in the queue of stream failures.

A message holds its record, if the function set it aside, or names a place in the stream, if Lambda gave a batch up;
the stream keeps that for 24 hours. Each record goes to the function that it failed in, alone, the earliest first.
Consumers do twice what amounts to once, so too much does no harm. A message is deleted when all its records are
handled, and stays otherwise. Needs credentials that may use the queue, read the stream and invoke the functions
(docs/runbooks/stream-failures.md).
"""

import argparse
import base64
import json
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import boto3

Json = dict[str, Any]

_MOST_MESSAGES: Final = 1000
_HIDDEN_S: Final = 900
_MOST_AT_ONCE: Final = 10
_PAGE: Final = 100
_ALIAS: Final = "live"
"""Of the version that is in use; a function itself may be ahead of it (docs/adr/0030)."""


@dataclass(frozen=True)
class Clients:
    """The services that a redrive calls."""

    queues: Any
    functions: Any
    streams: Any


@dataclass(frozen=True)
class Failure:
    """One message of the queue: what Lambda or a function of ours wrote, and the receipt to delete it by."""

    receipt: str
    body: Json

    @property
    def function(self) -> str:
        """The name of the function that failed, of whichever version."""
        if "function" in self.body:
            return str(self.body["function"])
        arn: str = self.body["requestContext"]["functionArn"]
        return arn.partition(":function:")[2].partition(":")[0]

    @property
    def begins_at(self) -> int:
        """The sequence number of the first record."""
        if "record" in self.body:
            return int(unpacked(self.body["record"]).get("dynamodb", {}).get("SequenceNumber", 0))
        return int(self.body["DDBStreamBatchInfo"]["startSequenceNumber"])

    def records(self, streams: Any) -> Iterator[Json]:  # noqa: ANN401 (boto3 makes the class at run time)
        """Yield the records as Lambda hands them over."""
        if "record" in self.body:
            yield unpacked(self.body["record"])
        else:
            yield from _read_again(self.body["DDBStreamBatchInfo"], streams)


def unpacked(text: str) -> Json:
    """Return a record that a function set aside."""
    record: Json = json.loads(zlib.decompress(base64.b85decode(text)))
    return record


def redrive(clients: Clients, queue_url: str) -> int:
    """Hand over what lies in the queue, and say what became of each message; return how many stay in it."""
    left = 0
    for failure in sorted(_taken(clients.queues, queue_url), key=lambda each: each.begins_at):
        trouble = _handed_over(failure, clients)
        if trouble is None:
            clients.queues.delete_message(QueueUrl=queue_url, ReceiptHandle=failure.receipt)
        else:
            clients.queues.change_message_visibility(
                QueueUrl=queue_url, ReceiptHandle=failure.receipt, VisibilityTimeout=0
            )
            left += 1
        print("done  " if trouble is None else "failed", failure.function, trouble or "")
    return left


def _taken(queues: Any, queue_url: str) -> list[Failure]:  # noqa: ANN401 (boto3 makes the class at run time)
    """Return what can be received now; all of it is hidden from others until it has been handed over."""
    taken: list[Failure] = []
    while len(taken) < _MOST_MESSAGES:
        answer = queues.receive_message(
            QueueUrl=queue_url, MaxNumberOfMessages=_MOST_AT_ONCE, VisibilityTimeout=_HIDDEN_S
        )
        if not answer.get("Messages"):
            break
        taken += [Failure(each["ReceiptHandle"], json.loads(each["Body"])) for each in answer["Messages"]]
    return taken


def _handed_over(failure: Failure, clients: Clients) -> str | None:
    """Invoke the function with each record; return what went wrong, if anything did."""
    try:
        for record in failure.records(clients.streams):
            event = {"Records": [record], "redriven": True}
            answer = clients.functions.invoke(
                FunctionName=failure.function, Qualifier=_ALIAS, Payload=json.dumps(event).encode()
            )
            outcome = json.loads(answer["Payload"].read())
            if "FunctionError" in answer or outcome["batchItemFailures"]:
                return f"{record.get('eventName', '')} {record.get('eventID', '')}: see the function's log"
    except clients.streams.exceptions.TrimmedDataAccessException:
        return "its records are gone from the stream"
    return None


def _read_again(place: Json, streams: Any) -> Iterator[Json]:  # noqa: ANN401 (boto3 makes the class at run time)
    """Yield the records from the first to the last sequence number of a batch."""
    last = int(place["endSequenceNumber"])
    iterator = streams.get_shard_iterator(
        StreamArn=place["streamArn"],
        ShardId=place["shardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        SequenceNumber=place["startSequenceNumber"],
    )["ShardIterator"]
    while iterator:
        answer = streams.get_records(ShardIterator=iterator, Limit=_PAGE)
        for record in answer["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield _as_lambda_gives_it(record)
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = answer.get("NextShardIterator")


def _as_lambda_gives_it(record: Json) -> Json:
    plain: Json = json.loads(json.dumps(record, default=_plain))
    if identity := plain.pop("userIdentity", None):
        plain["userIdentity"] = {"principalId": identity["PrincipalId"], "type": identity["Type"]}
    return plain


def _plain(value: bytes | datetime) -> str | float:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.timestamp()


def main() -> int:
    """Redrive one environment with the credentials of whoever runs this; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", help="e.g. staging")
    environment = parser.parse_args().environment
    clients = Clients(boto3.client("sqs"), boto3.client("lambda"), boto3.client("dynamodbstreams"))
    url = clients.queues.get_queue_url(QueueName=f"nexstock-{environment}-stream-failures")["QueueUrl"]
    return 1 if redrive(clients, url) else 0


if __name__ == "__main__":
    sys.exit(main())
