"""What invokes functions without a request: a failure is retried within bounds, reported apart, and kept at the end."""

import json
from typing import Final

import pytest

from tests.support.templates import Json, functions, resources, template
from tests.support.translated import of_type, translated

_QUEUES: Final = resources("infra/data.yaml", of_type="AWS::SQS::Queue")
_SECONDS_OF_A_STREAM: Final = 24 * 3600
"""How long DynamoDB keeps stream records (AWS, "Change data capture for DynamoDB Streams")."""


def _mappings(source: str) -> list[Json]:
    mappings = [each["Properties"] for each in of_type("AWS::Lambda::EventSourceMapping").values()]
    return [mapping for mapping in mappings if source in mapping["EventSourceArn"]["Ref"]]


STREAMS: Final = _mappings("Stream")
CONSUMED: Final = _mappings("Queue")


def _function_of(mapping: Json) -> str:
    # Its alias, so that messages and records move to a new version as requests do.
    alias = translated("functions/background.yaml")["Resources"][mapping["FunctionName"]["Ref"]]
    assert alias["Properties"]["Name"] == "live"
    return str(alias["Properties"]["FunctionName"]["Ref"])


def _queue_of(mapping: Json) -> Json:
    output = mapping["EventSourceArn"]["Ref"]
    logical_id = template("infra/data.yaml")["Outputs"][output]["Value"]["Fn::GetAtt"][0]
    queue: Json = _QUEUES[logical_id]["Properties"]
    return queue


def test_every_mapping_is_of_a_stream_or_a_queue() -> None:
    assert len(STREAMS) + len(CONSUMED) == len(of_type("AWS::Lambda::EventSourceMapping"))
    assert {_function_of(mapping) for mapping in STREAMS} == {
        "WriteAuditFunction",
        "FanOutWebhooksFunction",
        "FanOutAuditFunction",
    }


@pytest.mark.parametrize("mapping", STREAMS, ids=_function_of)
def test_a_poison_record_is_found_bounded_and_kept(mapping: Json) -> None:
    assert mapping["BisectBatchOnFunctionError"] is True
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert 0 < mapping["MaximumRetryAttempts"] <= 100
    # The failure queue names the record and does not hold it, so there has to be time left to read it.
    assert 0 < mapping["MaximumRecordAgeInSeconds"] <= _SECONDS_OF_A_STREAM / 2
    destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
    assert destination == {"Ref": "StreamFailuresQueueArn"}
    assert mapping["StartingPosition"] == "TRIM_HORIZON"


@pytest.mark.parametrize("mapping", CONSUMED, ids=_function_of)
def test_every_consumed_queue_has_a_dead_letter_queue(mapping: Json) -> None:
    policy = _queue_of(mapping)["RedrivePolicy"]
    dead = _QUEUES[policy["deadLetterTargetArn"]["Fn::GetAtt"][0]]["Properties"]
    assert 1 < policy["maxReceiveCount"] <= 10
    assert dead["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert "RedrivePolicy" not in dead


@pytest.mark.parametrize("mapping", CONSUMED, ids=_function_of)
def test_a_message_stays_hidden_for_six_times_its_consumers_timeout(mapping: Json) -> None:
    timeout_s = functions()[_function_of(mapping)]["Timeout"]
    assert _queue_of(mapping)["VisibilityTimeout"] >= 6 * timeout_s
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_schedules_role_may_invoke_its_function_say_that_it_could_not_and_nothing_else() -> None:
    invoked = []
    for role in of_type("AWS::IAM::Role").values():
        invoking, reporting = (
            statement
            for policy in role["Properties"]["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        )
        assert invoking["Action"] == "lambda:InvokeFunction"
        invoked.append(invoking["Resource"])
        assert reporting["Action"] == "sqs:SendMessage"
        assert "ScheduleFailuresQueueArn" in json.dumps(reporting["Resource"])
    scheduled = (
        "QueueCheckpointsFunction",
        "QueueOverdueWebhooksFunction",
        "DisableWebhookEndpointsFunction",
        "ExpireReservationsFunction",
        "BeginReconciliationFunction",
        "BeginDataKeyRotationsFunction",
        "RotateWebhookSecretsFunction",
        "RotatePlatformSecretsFunction",
        "RotateSigningKeysFunction",
        "RotateCheckpointKeyFunction",
    )
    assert invoked == [{"Ref": f"{function}Aliaslive"} for function in scheduled]
