"""Queues and schedules as event sources: partial failures, delays, dead letters, a schedule's call."""

import datetime as dt
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conformance.local_endpoint import LocalEndpoint, running_endpoint, wait_for

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Parameters:
  Journal: {Type: String}
  At: {Type: String}
Globals:
  Function:
    Runtime: python3.11
    Handler: index.handler
    Environment: {Variables: {JOURNAL: !Ref Journal}}
Resources:
  DeadLetters: {Type: AWS::SQS::Queue}
  Work:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 1
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn, maxReceiveCount: 2}
  Unread: {Type: AWS::SQS::Queue}
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 1
      InlineCode: |
        import json, os, time
        def handler(event, context):
            failed = []
            for record in event["Records"]:
                with open(os.environ["JOURNAL"] + "-worker", "a") as journal:
                    journal.write(json.dumps({"body": record["body"], "at": time.time(),
                        "count": record["attributes"]["ApproximateReceiveCount"]}) + "\\n")
                if record["body"].startswith("fail"):
                    failed.append({"itemIdentifier": record["messageId"]})
            return {"batchItemFailures": failed}
      Events:
        Work:
          Type: SQS
          Properties: {Queue: !GetAtt Work.Arn, BatchSize: 10, FunctionResponseTypes: [ReportBatchItemFailures]}
  Broken:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        def handler(event, context):
            raise ValueError(event["cause"])
      EventInvokeConfig:
        MaximumRetryAttempts: 0
        DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Failed.Arn}}
  Failed: {Type: AWS::SQS::Queue}
  Clock:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: |
        import json, os
        def handler(event, context):
            with open(os.environ["JOURNAL"] + "-clock", "a") as journal:
                journal.write(json.dumps(event) + "\\n")
      Events:
        Soon: {Type: ScheduleV2, Properties: {ScheduleExpression: !Ref At, Input: '{"tick": 1}'}}
        EveryMinute: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
Outputs:
  WorkUrl: {Value: !Ref Work}
  DeadLettersUrl: {Value: !Ref DeadLetters}
  UnreadUrl: {Value: !Ref Unread}
  BrokenName: {Value: !Ref Broken}
  FailedUrl: {Value: !Ref Failed}
"""


@pytest.fixture(scope="module")
def queues(endpoint: LocalEndpoint) -> dict[str, str]:
    """Deploy queues, their reader and a function that a schedule calls in two seconds."""
    soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
    return endpoint.deploy(
        "queues",
        _TEMPLATE,
        Journal=str(endpoint.journal / "queues"),
        At=f"at({soon:%Y-%m-%dT%H:%M:%S})",
    )


def _counts(endpoint: LocalEndpoint) -> Counter[str]:
    return Counter(entry["body"] for entry in endpoint.entries("queues-worker"))


def _attributes(endpoint: LocalEndpoint, url: str) -> dict[str, Any]:
    found: dict[str, Any] = endpoint.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(found["Attributes"])


def test_only_the_reported_message_is_delivered_again_and_then_dead(
    endpoint: LocalEndpoint,
    queues: dict[str, str],
) -> None:
    bodies = ["fine-1", "fail-1", "fine-2"]
    entries = [{"Id": str(index), "MessageBody": body} for index, body in enumerate(bodies)]
    sqs = endpoint.client("sqs")
    sqs.send_message_batch(QueueUrl=queues["WorkUrl"], Entries=entries)
    wait_for(lambda: _counts(endpoint)["fail-1"] == 2, "the second delivery")
    dead = sqs.receive_message(QueueUrl=queues["DeadLettersUrl"], WaitTimeSeconds=5)["Messages"]

    assert [message["Body"] for message in dead] == ["fail-1"]
    counts = _counts(endpoint)
    assert {body: counts[body] for body in bodies} == {"fine-1": 1, "fail-1": 2, "fine-2": 1}


def test_delayed_message_is_delivered_when_its_delay_is_over(endpoint: LocalEndpoint, queues: dict[str, str]) -> None:
    sent_at = dt.datetime.now(dt.UTC).timestamp()
    endpoint.client("sqs").send_message(QueueUrl=queues["WorkUrl"], MessageBody="delayed", DelaySeconds=2)
    wait_for(lambda: _counts(endpoint)["delayed"] == 1, "the delayed message", within_s=6)
    delivered_at = next(entry["at"] for entry in endpoint.entries("queues-worker") if entry["body"] == "delayed")

    assert delivered_at - sent_at >= 2


def test_delay_of_a_quarter_of_an_hour_is_the_longest(endpoint: LocalEndpoint, queues: dict[str, str]) -> None:
    sqs, url = endpoint.client("sqs"), queues["UnreadUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)

    with pytest.raises(ClientError, match="InvalidParameterValue"):
        sqs.send_message(QueueUrl=url, MessageBody="too late", DelaySeconds=901)
    assert _attributes(endpoint, url)["ApproximateNumberOfMessagesDelayed"] == "1"
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_schedule_calls_its_function_with_its_input(endpoint: LocalEndpoint, queues: dict[str, str]) -> None:
    assert queues
    wait_for(lambda: {"tick": 1} in endpoint.entries("queues-clock"), "the scheduled call", within_s=8)


def test_a_call_that_nobody_waits_for_goes_to_its_destination_when_it_fails(
    endpoint: LocalEndpoint, queues: dict[str, str]
) -> None:
    given = json.dumps({"cause": "a failure"}).encode()
    endpoint.client("lambda").invoke(FunctionName=queues["BrokenName"], InvocationType="Event", Payload=given)
    (message,) = endpoint.client("sqs").receive_message(QueueUrl=queues["FailedUrl"], WaitTimeSeconds=10)["Messages"]

    # AWS, "Capturing records of Lambda asynchronous invocations": docs/runbooks/dead-letters.md reads these.
    told = json.loads(message["Body"])
    assert queues["BrokenName"] in told["requestContext"]["functionArn"]
    assert told["requestPayload"] == {"cause": "a failure"}
    assert told["responsePayload"]["errorMessage"] == "a failure"


def test_schedules_of_the_template_are_enabled(endpoint: LocalEndpoint, queues: dict[str, str]) -> None:
    assert queues
    scheduler = endpoint.client("scheduler")
    names = [schedule["Name"] for schedule in scheduler.list_schedules()["Schedules"]]
    minutely = [scheduler.get_schedule(Name=name) for name in names if "EveryMinute" in name]

    assert [(found["ScheduleExpression"], found["State"]) for found in minutely] == [("rate(1 minute)", "ENABLED")]
    assert json.loads(minutely[0]["Target"].get("Input", "{}")) == {}


def test_a_saved_queue_still_feeds_its_function_after_a_restart_on_another_port(tmp_path: Path) -> None:
    state, parameters = tmp_path / "state", {"At": "rate(1 day)"}
    with running_endpoint(tmp_path, state=state) as first:
        first.deploy("moved", _TEMPLATE, Journal=str(first.journal / "moved"), **parameters)
        url = first.client("sqs").list_queues(QueueNamePrefix="moved-Work")["QueueUrls"][0]
    with running_endpoint(tmp_path, state=state) as second:
        assert second.url != first.url
        second.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
        journal = second.journal / "moved-worker"
        wait_for(journal.exists, "the message")
        assert json.loads(journal.read_text().splitlines()[0])["body"] == "hello"
