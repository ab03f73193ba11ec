"""The queue of stream failures: one of a test's own, and what lies in it."""

import json
import os
import secrets
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from botocore.config import Config

from infra.redrive import Clients, unpacked
from nexstock.aws import client
from tests.support.environment import table_name
from tests.support.events import Context
from tests.support.records import Handler, Record

Json = dict[str, Any]


class FailuresQueue:
    """A queue of stream failures of one test's own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url: str = client("sqs").create_queue(QueueName=f"failures-{secrets.token_hex(8)}")["QueueUrl"]
        monkeypatch.setenv("NEXSTOCK_QUEUE_STREAM_FAILURES", self.url)

    def put(self, body: Mapping[str, Any]) -> None:
        """Put a message into it, as Lambda does."""
        client("sqs").send_message(QueueUrl=self.url, MessageBody=json.dumps(body))

    def bodies(self) -> list[Json]:
        """Return what lies in it, and leave it there."""
        found: list[Json] = []
        while messages := client("sqs").receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                client("sqs").change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=1
                )
        return found

    def records(self) -> list[Json]:
        """Return the records that were set aside."""
        return [unpacked(body["record"]) for body in self.bodies()]


class Functions:
    """Stands in for Lambda: invokes handlers by name and alias, `name:alias`."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self.invoked: list[Json] = []

    def invoke(self, *, FunctionName: str, Qualifier: str, Payload: bytes) -> Json:  # noqa: N803 (Lambda's names)
        """Call the handler and answer as Lambda does, a failure included."""
        event = json.loads(Payload)
        self.invoked.append(event)
        try:
            answer: Any = self._handlers[f"{FunctionName}:{Qualifier}"](event, Context())
        except Exception as error:  # noqa: BLE001 (whatever it was, Lambda tells its type)
            return {"FunctionError": "Unhandled", "Payload": _Body({"errorType": type(error).__name__})}
        return {"Payload": _Body(answer)}


class _Body:
    def __init__(self, answer: object) -> None:
        self._answer = answer

    def read(self) -> bytes:
        return json.dumps(self._answer).encode()


def clients(functions: Functions) -> Clients:
    """Return the clients of a redrive: the engines' queues and streams, and functions in this process."""
    return Clients(client("sqs"), functions, _streams())


def place_of(record: Record) -> Json:
    """Return where the stream has a record, as Lambda names the batch that is this record alone."""
    number = record["dynamodb"]["SequenceNumber"]
    (stream,) = _streams().list_streams(TableName=table_name("tenants"))["Streams"]
    shards = _streams().describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]
    begun = [each for each in shards if int(each["SequenceNumberRange"]["StartingSequenceNumber"]) <= int(number)]
    shard = max(begun, key=lambda each: int(each["SequenceNumberRange"]["StartingSequenceNumber"]))
    return {
        "streamArn": stream["StreamArn"],
        "shardId": shard["ShardId"],
        "batchSize": 1,
        "startSequenceNumber": number,
        "endSequenceNumber": number,
    }


def _streams() -> Any:  # noqa: ANN401 (boto3 makes the class at run time)
    # The engine's sequence numbers are shorter than AWS's, which botocore would not let through.
    settings = Config(parameter_validation=False)
    return boto3.client("dynamodbstreams", endpoint_url=os.environ["AWS_ENDPOINT_URL_DYNAMODB"], config=settings)
