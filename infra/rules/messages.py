"""Rules about what goes from one function to another: streams, queues, schedules, and where failures end."""

from collections.abc import Iterator
from typing import Final

from infra.rules.listed import CALLING_OUT
from infra.rules.system import Resource, System

_QUEUE: Final = "AWS::SQS::Queue"
_MAPPING: Final = "AWS::Lambda::EventSourceMapping"
_PARTIAL: Final = "ReportBatchItemFailures"
_TIMES_THE_TIMEOUT: Final = 6
"""AWS, "Using Lambda with Amazon SQS": a queue hides a message six times as long as its function may take."""


def stream_mappings_are_bounded(system: System) -> Iterator[tuple[object, str]]:
    """A record that no retry helps leaves its shard, alone, and is kept."""
    for mapping in system.of_kind(_MAPPING):
        properties = mapping.properties
        if "/stream/" not in properties["EventSourceArn"]:
            continue
        for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"):
            # -1 is without end, and the default (AWS, "Using AWS Lambda with Amazon DynamoDB").
            if properties.get(name, -1) < 0:
                yield mapping, f"no {name}: a record that fails blocks its shard"
        if properties.get("BisectBatchOnFunctionError") is not True:
            yield mapping, "batches are not cut in two: one record takes the others with it"
        if _PARTIAL not in properties.get("FunctionResponseTypes", []):
            yield mapping, f"no {_PARTIAL}"
        destination = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        if destination not in _arns(system):
            yield mapping, "no queue of the system takes what failed"


def queue_mappings_are_bounded(system: System) -> Iterator[tuple[object, str]]:
    """One message that fails takes no other with it, comes back only once its try has ended, and starves nobody."""
    queues, functions = _arns(system), _functions(system)
    for mapping in system.of_kind(_MAPPING):
        queue = queues.get(mapping.properties["EventSourceArn"])
        function = functions.get(function_name(str(mapping.properties["FunctionName"])))
        if queue is None or function is None:
            continue
        if _PARTIAL not in mapping.properties.get("FunctionResponseTypes", []):
            yield mapping, f"no {_PARTIAL}"
        if queue.properties.get("VisibilityTimeout", 30) < _TIMES_THE_TIMEOUT * function.properties.get("Timeout", 3):
            yield queue, f"shows a message again before six times the timeout of {function.name}"
        limits = (mapping.properties.get("ScalingConfig"), function.properties.get("ReservedConcurrentExecutions"))
        if function.properties.get("Handler") in CALLING_OUT and not any(limits):
            yield mapping, f"{function.name} waits for servers of others, and may take all concurrency that there is"


def queues_have_dead_letter_queues(system: System) -> Iterator[tuple[object, str]]:
    """A queue that a function consumes has another for what it cannot handle."""
    consumed = {mapping.properties["EventSourceArn"] for mapping in system.of_kind(_MAPPING)}
    queues = _arns(system)
    for arn, queue in queues.items():
        target = queue.properties.get("RedrivePolicy", {}).get("deadLetterTargetArn")
        if arn in consumed and target not in queues:
            yield queue, "is consumed, and has no dead-letter queue"


def queues_that_people_empty_have_alarms(system: System) -> Iterator[tuple[object, str]]:
    """A queue that no function consumes, as a dead-letter queue is, raises an alarm as soon as something lies in it."""
    consumed = {mapping.properties["EventSourceArn"] for mapping in system.of_kind(_MAPPING)}
    watched = {
        dimension["Value"]
        for alarm in system.of_kind("AWS::CloudWatch::Alarm")
        if alarm.properties.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        and (alarm.properties["ComparisonOperator"], alarm.properties["Threshold"]) == ("GreaterThanThreshold", 0)
        for dimension in alarm.properties["Dimensions"]
    }
    for arn, queue in _arns(system).items():
        if arn not in consumed and queue.name not in watched:
            yield queue, "nobody hears of what lies in it"


def queues_are_encrypted_with_our_key(system: System) -> Iterator[tuple[object, str]]:
    """Messages are encrypted at rest under a key of the system, in queues as in topics."""
    for resource in system.of_kind(_QUEUE, "AWS::SNS::Topic"):
        key = resource.properties.get("KmsMasterKeyId", resource.properties.get("KmsMasterKeyID"))
        if not key or "alias/aws/" in str(key):
            yield resource, "no key of our own"


def schedules_keep_what_they_could_not_start(system: System) -> Iterator[tuple[object, str]]:
    """A schedule tries again for a bounded time, and leaves what it could not start in a queue."""
    for schedule in system.of_kind("AWS::Scheduler::Schedule"):
        target = schedule.properties["Target"]
        if target.get("DeadLetterConfig", {}).get("Arn") not in _arns(system):
            yield schedule, "no queue of the system takes what could not be started"
        bounds = target.get("RetryPolicy", {})
        if not {"MaximumEventAgeInSeconds", "MaximumRetryAttempts"} <= set(bounds):
            yield schedule, "tries for 24 hours, which is the default: late runs pile up"


def function_name(reference: str) -> str:
    """Return a function's name from its ARN, with or without a version, or from its name."""
    return reference.partition(":function:")[2].partition(":")[0] or reference


def _arns(system: System) -> dict[str, Resource]:
    form = f"arn:aws:sqs:{system.region}:000000000000:"
    return {f"{form}{queue.name}": queue for queue in system.of_kind(_QUEUE)}


def _functions(system: System) -> dict[str, Resource]:
    return {function.name: function for function in system.of_kind("AWS::Lambda::Function")}
